// One test program: runs, prints its last line, and leaves nothing behind.
import { Tally } from "../faults/tally.mjs";

/** Counts the checks of this program. */
export const tally = new Tally();

/** Runs the program and ends the process, whatever servers and connections a failure left open. */
export const trial = async (test) => {
  await tally.run(test);
  process.exit();
};
