import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** How long a start takes on a large file (trust.md R4): after a clean stop, and after a kill with a long log. */
const BATCH_ROWS = 50;
const MIB = 1 << 20;
const CLEAN_LIMIT_MS = 300;
const LIMIT_MS = 5000;
const STARTS = 5;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", rows: 1_000_000, "log-mib": 200 });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "large", plan: { bigPercent: 100 } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: Math.ceil(options.rows / BATCH_ROWS), connections: 16, limitMs: 3_600_000 });
  const clean = [];
  for (let i = 0; i < STARTS; i += 1) {
    await one.server.end("SIGTERM", 60_000);
    clean.push(await timedStart(one));
  }
  clean.sort((a, b) => a - b);
  tally.check(`ready within ${CLEAN_LIMIT_MS} ms after a clean stop`, clean[STARTS >> 1] <= CLEAN_LIMIT_MS, clean.map(Math.round).join(" "));

  // A reader that holds its snapshot keeps the log from being cut.
  const reader = spawn("sqlite3", ["-batch", one.server.database], { stdio: ["pipe", "pipe", "inherit"] });
  reader.stdin.write("BEGIN; SELECT count(*) FROM project;\n");
  await new Promise((resolve) => reader.stdout.once("data", resolve));
  const wal = () => statSync(`${one.server.database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  await sendNew(one, { connections: 16, limitMs: 600_000, until: () => wal() >= options["log-mib"] * MIB });
  await one.server.end("SIGKILL");
  reader.kill("SIGKILL");
  await new Promise((resolve) => reader.once("exit", resolve));
  const logMib = wal() / MIB;
  tally.check("there is a long log", logMib >= options["log-mib"], logMib.toFixed(0));
  const ms = await timedStart(one);
  tally.check(`ready within ${LIMIT_MS} ms after a kill`, ms <= LIMIT_MS, `${ms} ms`);
  tally.figure("start batches of 50 events", one.sent);
  tally.figure("start file MiB", (statSync(one.server.database).size / MIB).toFixed(0));
  tally.figure("start after a clean stop, median ms", Math.round(clean[STARTS >> 1]));
  tally.figure("start log MiB after the kill", logMib.toFixed(0));
  tally.figure("start after the kill ms", Math.round(ms));
  await one.server.end("SIGTERM", 60_000);
});

async function timedStart(one) {
  one.server.start();
  const isReady = await one.server.ready(60_000);
  return isReady ? performance.now() - one.server.startedAt : Infinity;
}
