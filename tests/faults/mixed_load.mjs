import { execFile, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectOf } from "./batches.mjs";
import { readHistory } from "./history.mjs";
import { connectionPool, get } from "./http.mjs";
import { checkStored, endWell, lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/**
 * Senders, readers, a copy being made all the time (VACUUM INTO: `.backup` begins anew with each commit of another) and a second program on the file: none of the clients ever hears that the
 * database was busy (trust.md D9).
 */
const run = promisify(execFile);
const READ_PATHS = ["events?limit=200", "heatmap", "sessions", "events?type=click"];

const options = readOptions(process.argv.slice(2), { binary: "", work: "", seconds: 60 });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "mixed" });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 200 });
  const project = readHistory(one.historyPath, (n) => projectOf(one.plan, n)).projectIds.get(0);

  let isOver = false;
  const reads = new Map();
  const copies = { made: 0, failed: [] };
  const others = [readLoop(), readLoop(), copyLoop(), secondReader()];
  const statuses = await sendNew(one, { connections: 16, limitMs: options.seconds * 1000 });
  isOver = true;
  await Promise.all(others);

  const sent = [...statuses].reduce((sum, [, count]) => sum + count, 0);
  const wrong = [...statuses].filter(([status]) => status !== 200);
  tally.check("every batch was taken", wrong.length === 0 && sent > 100, JSON.stringify([...statuses]));
  const bad = [...reads].filter(([key]) => !key.startsWith("200"));
  tally.check("every read was answered", bad.length === 0 && reads.size > 0, JSON.stringify(bad));
  tally.check("copies were made", copies.made >= 3 && copies.failed.length === 0, `${copies.made} made; ${copies.failed[0]}`);
  tally.check("nothing was busy", !/busy|locked/i.test(lastWords(one, 1e6)), lastWords(one));
  await checkStored(tally, "acked = stored", one);
  await endWell(tally, "mixed", one);
  tally.figure("mixed_load seconds", options.seconds);
  tally.figure("mixed_load batches", sent);
  tally.figure("mixed_load reads", [...reads.values()].reduce((a, b) => a + b, 0));
  tally.figure("mixed_load copies by VACUUM INTO", copies.made);
  tally.figure("mixed_load SQLITE_BUSY or 5xx to clients", wrong.length + bad.length);

  async function readLoop() {
    const agent = connectionPool(1);
    for (let i = 0; !isOver; i += 1) {
      const path = `/api/projects/${encodeURIComponent(project)}/${READ_PATHS[i % READ_PATHS.length]}`;
      const answer = await get(one.server.port, path, agent).catch((error) => ({ status: error.message }));
      const key = answer.status === 200 ? "200" : `${answer.status} ${path}: ${answer.text?.slice(0, 100)}`;
      reads.set(key, (reads.get(key) ?? 0) + 1);
    }
    agent.destroy();
  }

  /** A copy by SQLite's own program, over and over; one that is overtaken by writers again and again is ended. */
  async function copyLoop() {
    const copy = join(options.work, "copy.db");
    while (!isOver) {
      rmSync(copy, { force: true });
      const made = await run("sqlite3", ["-cmd", ".timeout 5000", one.server.database, `VACUUM INTO '${copy}'`, "PRAGMA quick_check(1)"], { timeout: 60_000 }).catch((error) => ({ error }));
      if (made.error) copies.failed.push(made.error.message.slice(0, 200));
      else copies.made += 1;
    }
  }

  /** Another program that looks at the file with short transactions. */
  async function secondReader() {
    const reader = spawn("sqlite3", ["-batch", one.server.database], { stdio: ["pipe", "pipe", "inherit"] });
    reader.stdout.resume();
    while (!isOver) {
      reader.stdin.write("SELECT count(*), max(seq) FROM heat_event;\n");
      await new Promise((resolve) => reader.stdout.once("data", resolve));
    }
    reader.stdin.end();
    await new Promise((resolve) => reader.once("exit", resolve));
  }
});
