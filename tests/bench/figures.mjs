import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";

/** The measured values of one run: printed as they come, kept for results/latest.json. */
export class Figures {
  #values = {};

  constructor({ seconds, "peer-journal": peerJournal }) {
    this.conditions = { seconds, peerJournal };
  }

  /** Prints and keeps one value; the unit is the last word of the name. */
  add(name, value) {
    const rounded = typeof value === "number" ? round(value) : value;
    this.#values[name] = rounded;
    console.log(`figure: ${name} = ${rounded}`);
  }

  /** How many times `ours` is `theirs`; left out when there is nothing to divide by. */
  ratio(name, ours, theirs) {
    if (theirs > 0 && Number.isFinite(ours)) this.add(`${name} ratio`, ours / theirs);
  }

  /** Writes everything of this run, with what the machine was. */
  write() {
    const machine = {
      cores: availableParallelism(),
      processor: cpus()[0]?.model ?? "unknown",
      memoryGib: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      node: process.version,
    };
    const report = { measuredAt: new Date().toISOString(), machine, conditions: this.conditions, figures: this.#values };
    const folder = new URL("./results/", import.meta.url);
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL("latest.json", folder), `${JSON.stringify(report, null, 2)}\n`);
  }
}

/** The middle of the values, the mean of the two middle ones when their number is even. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Four significant digits: more would pretend that the machine holds still. */
function round(value) {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
