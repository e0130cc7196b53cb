import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { get } from "./http.mjs";
import { checkStored, endWell, lastWords, prepare, sendAgain, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/**
 * A reader that does not let go of its snapshot while batches come in (trust.md D8): the log cannot be cut, must not
 * grow for ever, somebody is told, and it shrinks when the reader is gone.
 */
const MIB = 1 << 20;
const WAL_LIMIT = 256 * MIB;
const SHRUNK_LIMIT = 64 * MIB;
const SHRINK_WITHIN_MS = 60_000;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", seconds: 60, wal: "" });
const tally = new Tally();

await tally.run(async () => {
  const settings = options.wal === "" ? {} : { HEARTH_STORAGE__WAL_LIMIT: options.wal };
  const one = await prepare({ ...options, label: "held", settings, plan: { bigPercent: 100, padBytes: 600 } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 50 });

  const reader = spawn("sqlite3", ["-batch", one.server.database], { stdio: ["pipe", "pipe", "inherit"] });
  reader.stdin.write("BEGIN; SELECT count(*) FROM heat_event;\n");
  await new Promise((resolve) => reader.stdout.once("data", resolve));
  let largest = 0;
  const watch = setInterval(() => (largest = Math.max(largest, walBytes(one))), 100);
  let refusals = 0;
  const statuses = await sendNew(one, { connections: 16, limitMs: options.seconds * 1000, onAnswer: ({ status }) => (refusals += status === 200 ? 0 : 1) });
  const answers = [...statuses.keys()].filter((status) => ![200, 503].includes(status));
  tally.check("answers are 200 or 503", answers.length === 0, JSON.stringify([...statuses]));
  const told = /log|wal|reader/i.test(lastWords(one, 4000).split("\n").filter((line) => /WARN|ERROR/.test(line)).join("\n"));
  const status = JSON.parse((await get(one.server.port, "/api/v1/status")).text);
  clearInterval(watch);
  tally.check(`the log stayed below ${WAL_LIMIT / MIB} MiB`, largest <= WAL_LIMIT, `${(largest / MIB).toFixed(1)} MiB`);
  tally.check("the log file says that it cannot be cut", told || largest <= SHRUNK_LIMIT, lastWords(one));
  tally.check("the status has its size", Math.abs(status.log_bytes - largest) < 64 * MIB, status.log_bytes);

  reader.stdin.end("COMMIT;\n");
  await new Promise((resolve) => reader.once("exit", resolve));
  const freedAt = performance.now();
  while (walBytes(one) > SHRUNK_LIMIT && performance.now() - freedAt < SHRINK_WITHIN_MS) await pause(20);
  const shrinkMs = performance.now() - freedAt;
  tally.check(`at most ${SHRUNK_LIMIT / MIB} MiB within ${SHRINK_WITHIN_MS / 1000} s after`, walBytes(one) <= SHRUNK_LIMIT, walBytes(one));
  const again = await sendAgain(one, { limitMs: 30_000 });
  tally.check("what was refused is taken", again.refused === 0, again.refused);
  await checkStored(tally, "acked = stored", one);
  await endWell(tally, "held", one);
  tally.figure("held_snapshot seconds", options.seconds);
  tally.figure("held_snapshot batches taken meanwhile", statuses.get(200) ?? 0);
  tally.figure("held_snapshot batches refused meanwhile", refusals);
  tally.figure("held_snapshot largest log MiB", (largest / MIB).toFixed(1));
  tally.figure("held_snapshot log small again after ms", Math.round(shrinkMs));
});

function walBytes(one) {
  return statSync(`${one.server.database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
