const SECTOR_BYTES = 512;

/**
 * What the disk could hold if the power went at line `at` of a write log: `{database, wal, kept}`.
 *
 * A write or a cut is durable when a sync of its file began after it ended and ended before `at`. What is not durable
 * is left out; with `random`, each of it is kept whole, kept in some of its sectors, or left out, and in any order.
 */
export function makeImage(log, at, random) {
  const image = { kept: 0 };
  for (const file of ["database", "wal"]) {
    const begun = log.operations.filter((operation) => operation.file === file && operation.begin <= at);
    const syncs = begun.filter(({ kind, end }) => kind === "sync" && end <= at);
    const changes = begun.filter(({ kind }) => kind !== "sync");
    const lastSync = syncs.reduce((latest, sync) => Math.max(latest, sync.begin), 0);
    const bytes = new Bytes(file === "database" ? log.start : Buffer.alloc(0));
    const pending = [];
    for (const change of changes) {
      if (change.end < lastSync) bytes.apply(change);
      else pending.push(change);
    }
    if (random !== null) {
      for (const change of shuffled(pending, random)) image.kept += applySome(bytes, change, random);
    }
    image[file] = bytes.content;
  }
  return image;
}

/** Keeps a change whole, in part, or not; 1 if anything of it was kept. */
function applySome(bytes, change, random) {
  const choice = random.integer(0, 2);
  if (choice === 0) return 0;
  if (choice === 1 || change.kind === "cut") {
    bytes.apply(change);
    return 1;
  }
  let kept = 0;
  // A sector is as it was or as it should be: the pieces end where the file's sectors do.
  for (let from = 0; from < change.data.length; ) {
    const toBoundary = SECTOR_BYTES - ((change.offset + from) % SECTOR_BYTES);
    const to = Math.min(from + toBoundary, change.data.length);
    if (random.chance(0.5)) {
      bytes.apply({ kind: "write", offset: change.offset + from, data: change.data.subarray(from, to) });
      kept = 1;
    }
    from = to;
  }
  return kept;
}

function shuffled(list, random) {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The bytes of a file that is written to; gaps are zero. */
class Bytes {
  #bytes;
  #length;

  constructor(start) {
    this.#bytes = Buffer.from(start);
    this.#length = start.length;
  }

  get content() {
    return this.#bytes.subarray(0, this.#length);
  }

  apply({ kind, offset, data, length }) {
    if (kind === "cut") {
      if (length < this.#length) this.#bytes.fill(0, length, this.#length);
      this.#grow(length);
      this.#length = length;
      return;
    }
    const end = offset + data.length;
    this.#grow(end);
    data.copy(this.#bytes, offset);
    this.#length = Math.max(this.#length, end);
  }

  #grow(length) {
    if (length <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(length, this.#bytes.length * 2));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}
