// Counts outcomes and prints them in the form the test door expects.

/** The results of one run. */
export class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  /** With `verbose`, passed cases get a line too. */
  constructor(verbose = false) { this.verbose = verbose; }

  /** Runs one case: it passes if `check` resolves and fails with the message it throws. */
  async run(name, check) {
    try {
      await check();
      this.#passed += 1;
      if (this.verbose) console.log(`ok   ${name}`);
    } catch (error) {
      this.#failed += 1;
      console.log(`FAIL ${name}: ${oneLine(error)}`);
    }
  }

  /** Notes `count` cases that were not run, with the reason. */
  skip(count, reason) {
    this.#skipped += count;
    console.log(`skipped: ${reason} (${count} cases)`);
  }

  /** Prints the sums and returns the exit code. */
  finish() {
    console.log(`${this.#skipped} skipped`);
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0;
  }
}

/** Ends a case as failed. */
export const fail = (why) => { throw new Error(why); };

/** Ends a case as failed unless `condition` holds. */
export const expect = (condition, why) => { if (!condition) fail(why); };

const oneLine = (error) => {
  const text = error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : error.message;
  return text.replace(/\s*\n\s*/g, " | ").slice(0, 500);
};
