// Chance that can be had again: everything a seeded test does follows from one number.

/** A source of random choices (mulberry32). */
export class Random {
  #state;

  constructor(seed) { this.#state = seed >>> 0; }

  /** A number in [0, 1). */
  next() {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least, most) { return least + Math.floor(this.next() * (most - least + 1)); }

  /** True in `share` of all cases. */
  chance(share) { return this.next() < share; }

  pick(list) { return list[this.integer(0, list.length - 1)]; }

  /** A text of `length` characters out of `alphabet`. */
  text(length, alphabet) {
    let text = "";
    for (let i = 0; i < length; i += 1) text += alphabet[this.integer(0, alphabet.length - 1)];
    return text;
  }

  /** A generator of its own, so that one consumer's appetite does not change what another gets. */
  fork() { return new Random(this.integer(0, 0xffff_ffff)); }
}
