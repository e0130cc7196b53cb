// How much memory a process takes.
import fs from "node:fs";

/** The resident memory of a process, as the kernel counts it. */
export class Memory {
  #pid;
  #before;

  constructor(pid) { this.#pid = pid; }

  /** Forgets earlier peaks and takes what is there now as the beginning. */
  begin() {
    // 5: reset the peak (proc(5), clear_refs).
    fs.writeFileSync(`/proc/${this.#pid}/clear_refs`, "5");
    this.#before = this.#read("VmRSS");
  }

  /** The peak since the beginning, in bytes. */
  peak() { return this.#read("VmHWM"); }

  /** How far the peak is above the beginning, in bytes. */
  growth() { return this.peak() - this.#before; }

  #read(name) {
    const status = fs.readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) * 1024;
  }
}
