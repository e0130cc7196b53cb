import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, sql } from "./command.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** An upgrade of a file of an earlier schema that is killed in the middle (trust.md D12): nothing is lost, it goes on. */
const FIXTURES = fileURLToPath(new URL("../fixtures/schema/", import.meta.url));
const COUNTED = ["project", "project_key", "read_token", "dictionary", "heat_user", "heat_session", "heat_event"];
/** System calls of the upgrade at which it is killed as well, up to so many times each. */
const KILLED_AT = { fdatasync: 6, fsync: 6, rename: 3, unlink: 4 };

const options = readOptions(process.argv.slice(2), { binary: "", work: "", rows: 200_000, kills: 10, schema: 1 });
const tally = new Tally();
const old = join(options.work, "old.db");
const settings = { HEARTH_BACKUP__KEEP: "3" };

await tally.run(async () => {
  await prepare();
  const expected = await counts(old);
  const { ms, place } = await uninterrupted(expected);
  rmSync(place, { recursive: true });
  for (let kill = 1; kill <= options.kills; kill += 1) await killedAt(`after ${kill}/${options.kills + 1}`, (kill * ms) / (options.kills + 1), [], expected);
  let points = 0;
  for (const [call, most] of Object.entries(KILLED_AT)) {
    for (let when = 1; when <= most; when += 1) {
      const tracer = ["strace", "-D", "-f", "-q", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${when}`];
      if (!(await killedAt(`at ${call} ${when}`, null, tracer, expected))) break;
      points += 1;
    }
  }
  tally.figure("migration rows", options.rows + 20);
  tally.figure("migration uninterrupted ms", Math.round(ms));
  tally.figure("migration kill points", options.kills + points);
});

/** The fixture, with as many rows as were asked for. */
async function prepare() {
  const placed = await command({ binary: options.binary, database: old }, "restore", join(FIXTURES, `v${options.schema}.db.zst`), "--yes");
  tally.check("the old file is placed", placed.code === 0, placed.err);
  await sql(
    old,
    `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${options.rows - 1})
     INSERT INTO heat_event (session_id, ts, seq, kind, path_id, meta_id, target_id, x, y, event_id, received_in_ms)
     SELECT 1, 1795000200000 + n, 100 + n, 0, 1, 2, 3, n % 1366, n % 768, 'more-' || n, 100 FROM numbers;
     UPDATE install SET next_seq = ${options.rows + 1000};
     UPDATE heat_session SET last_ts = ${1795000200000 + options.rows}, row_count = row_count + ${options.rows} WHERE id = 1`,
  );
}

async function uninterrupted(expected) {
  const { place, database } = fresh("whole");
  const status = await command({ binary: options.binary, database }, "migrate", "status", "--json");
  tally.check("it is an older file", JSON.parse(status.out).state === "older", status.out);
  const done = await command({ binary: options.binary, database, settings }, "migrate", "up", "--json");
  tally.check("it is upgraded", done.code === 0, done.err);
  tally.check("a copy was made", JSON.parse(done.out).copy !== null && statSync(JSON.parse(done.out).copy).size > 0, done.out);
  await whole("without a kill", database, expected);
  const server = new Hearth({ binary: options.binary, database, port: await freePort(), log: join(options.work, "hearth.log"), settings });
  server.start();
  tally.check("a server starts on it", await server.ready(30_000), "see hearth.log");
  tally.check("and stops", (await server.end("SIGTERM"))?.code === 0);
  return { ms: done.ms, place };
}

/** Kills one upgrade, looks at the file, and lets the next one finish; false: it was done before it could be killed. */
async function killedAt(label, afterMs, tracer, expected) {
  const { place, database } = fresh(label.replaceAll(/[^a-z0-9]+/g, "-"));
  let killed = false;
  if (afterMs === null) {
    const end = await command({ binary: options.binary, database, tracer, settings }, "migrate", "up");
    killed = end.signal === "SIGKILL";
    if (!killed) tally.check(`${label}: done`, end.code === 0, end.err);
  } else {
    killed = await killAfter(database, afterMs);
  }
  if (killed) {
    const integrity = await integrityCheck(database);
    tally.check(`${label}: integrity_check`, integrity === "ok", integrity);
    const now = await counts(database);
    tally.check(`${label}: nothing is missing`, now === expected, `${now} instead of ${expected}`);
  }
  const again = await command({ binary: options.binary, database, settings }, "migrate", "up", "--json");
  tally.check(`${label}: the next one finishes`, again.code === 0, again.err);
  await whole(label, database, expected);
  rmSync(place, { recursive: true });
  return killed;
}

async function killAfter(database, ms) {
  const env = { ...process.env, ...settings, HEARTH_STORAGE__PATH: database, HEARTH_STORAGE__MIN_FREE: "0" };
  const child = spawn(options.binary, ["migrate", "up"], { stdio: "ignore", env });
  const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal)));
  process.once("exit", () => child.kill("SIGKILL"));
  await pause(ms);
  child.kill("SIGKILL");
  return (await exited) === "SIGKILL";
}

async function whole(label, database, expected) {
  const status = await command({ binary: options.binary, database }, "migrate", "status", "--json");
  tally.check(`${label}: it has our schema`, JSON.parse(status.out).state === "current", status.out);
  const integrity = await integrityCheck(database);
  tally.check(`${label}: integrity_check of the upgraded file`, integrity === "ok", integrity);
  const now = await counts(database);
  tally.check(`${label}: everything is there`, now === expected, `${now} instead of ${expected}`);
}

async function counts(database) {
  const rows = await sql(database, COUNTED.map((table) => `SELECT '${table}', COUNT(*) FROM ${table}`).join(" UNION ALL "));
  return rows.map((row) => row.join("=")).join(" ");
}

function fresh(name) {
  const place = join(options.work, name);
  mkdirSync(place);
  const database = join(place, "hearth.db");
  copyFileSync(old, database);
  return { place, database };
}
