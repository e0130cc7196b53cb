// One temporary folder and one list of child processes per test run, both gone when the run ends.
//
// A run that is interrupted cleans up too: the exit handler is synchronous, so it works after a signal and
// after an uncaught error alike.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const children = new Set();
let root;

/** A new empty folder under the run's temporary folder. */
export const makeFolder = (name) => fs.mkdtempSync(path.join(scratchRoot(), `${name}-`));

/** Kills `child` when the run ends, if it still lives by then. */
export const killAtExit = (child) => {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
};

const scratchRoot = () => {
  if (root === undefined) {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "hearth-test-"));
    process.once("exit", cleanUp);
    // On and not once: timeout(1) sends its signal twice, and the second must not cut the cleaning up short.
    for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) process.on(signal, () => process.exit(128 + number));
  }
  return root;
};

const cleanUp = () => {
  for (const child of children) child.kill("SIGKILL");
  if (process.env.HEARTH_TEST_KEEP) process.stderr.write(`kept ${root}\n`);
  else fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 });
};
