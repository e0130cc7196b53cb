import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";

/**
 * The client's own record of what it sent and what was acknowledged (trust.md 3, the history rule).
 *
 * `s n t` is on disk before batch n leaves, `a n t projectId` is written after its 2xx. Lines that come together
 * share one fdatasync.
 */
export class History {
  #file;
  #lines = [];
  #waiting = [];
  #flushing = null;

  static async create(path) {
    const history = new History();
    history.#file = await open(path, "a", 0o600);
    return history;
  }

  /** Resolves once the line is on disk; only then may the batch be sent. */
  sent(n) {
    this.#lines.push(`s ${n} ${Date.now()}\n`);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#flush();
    });
  }

  /** Notes an answer that has already arrived. */
  acked(n, projectId) {
    this.#lines.push(`a ${n} ${Date.now()} ${projectId}\n`);
    this.#flush();
  }

  /** Writes what is left. */
  async close() {
    while (this.#flushing || this.#lines.length > 0) await this.#flush();
    await this.#file.close();
  }

  #flush() {
    this.#flushing ??= this.#writeAll().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async #writeAll() {
    while (this.#lines.length > 0) {
      const lines = this.#lines.splice(0).join("");
      const waiting = this.#waiting.splice(0);
      await this.#file.write(lines);
      await this.#file.datasync();
      for (const resolve of waiting) resolve();
    }
  }
}

/** The sets that a checker needs: batches sent, batches acknowledged, and the id of each project by number. */
export function readHistory(path, projectOf) {
  const sent = new Set();
  const acked = new Set();
  const projectIds = new Map();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [kind, batch, , projectId] = line.split(" ");
    if (kind === "s") sent.add(Number(batch));
    if (kind === "a") {
      acked.add(Number(batch));
      projectIds.set(projectOf(Number(batch)), projectId);
    }
  }
  return { sent, acked, unacked: [...sent].filter((n) => !acked.has(n)), projectIds };
}
