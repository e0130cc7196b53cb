import { join } from "node:path";
import { rmSync } from "node:fs";
import { batchBody, makePlan, projectKey, projectOf, SLOTS } from "./batches.mjs";
import { isSuccess } from "./client.mjs";
import { command, sql } from "./command.mjs";
import { fill, percentile } from "./filling.mjs";
import { connectionPool, ingest } from "./http.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** Copies while events come in (trust.md D10): each opens, is whole, holds all that was acknowledged before it began. */
const RATIO_LIMIT = 2;
/** How long the load runs without a copy before each one, for comparison. */
const QUIET_MS = 3_000;
/** Each connection rests so long between two batches: a load that leaves the machine room, as a site's visitors do. */
const REST_MS = 15;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", copies: 10, connections: 8, mib: 48 });
const tally = new Tally();
const database = join(options.work, "hearth.db");
const server = new Hearth({ binary: options.binary, database, port: await freePort(), log: join(options.work, "hearth.log"), settings: { HEARTH_BACKUP__EVERY: "0s" } });
const plan = makePlan({ label: "backup", baseMs: Date.now() - 3_600_000 });
const acked = new Set();
const latencies = { quiet: [], copying: [] };
let phase = null;
let refused = 0;

await tally.run(async () => {
  server.start();
  if (!tally.check("ready", await server.ready(), "see hearth.log")) return;
  await fill(server, options.mib);
  let over = false;
  const loading = load(() => over);
  await pause(1_000);
  const took = [];
  for (let number = 0; number < options.copies; number += 1) {
    phase = latencies.quiet;
    await pause(QUIET_MS);
    const before = new Set(acked);
    const file = join(options.work, `copy-${number}.db.zst`);
    phase = latencies.copying;
    const made = await command({ binary: options.binary, database }, "backup", file, "--json");
    phase = null;
    took.push(made.ms);
    if (!tally.check(`copy ${number}: exit code 0`, made.code === 0, made.err.slice(0, 500))) break;
    await examine(number, file, before);
  }
  over = true;
  await loading;
  tally.check("nothing was refused", refused === 0, refused);
  const [quiet, copying] = [latencies.quiet, latencies.copying].map((all) => percentile(all, 0.99));
  tally.check(`p99 of ingest while copying is at most ${RATIO_LIMIT} times that without`, copying <= RATIO_LIMIT * quiet, `${copying} ms, ${quiet} ms`);
  tally.figure("backup copies", took.length);
  tally.figure("backup batches acked", acked.size);
  tally.figure("backup median duration ms", Math.round(percentile(took, 0.5)));
  tally.figure("backup ingest p99 quiet ms", quiet.toFixed(1));
  tally.figure("backup ingest p99 while copying ms", copying.toFixed(1));
  tally.figure("backup ingest p99 ratio", (copying / quiet).toFixed(2));
  tally.figure("backup samples quiet/copying", `${latencies.quiet.length}/${latencies.copying.length}`);
  const end = await server.end("SIGTERM");
  tally.check("SIGTERM ends it with code 0", end?.code === 0, JSON.stringify(end));
  await bySchedule();
});

/** A server with a small file of its own makes copies by the clock, keeps two of them, and makes one at SIGUSR1. */
async function bySchedule() {
  const own = join(options.work, "own", "hearth.db");
  const copies = async () => JSON.parse((await command({ binary: options.binary, database: own }, "backup", "--list", "--json")).out);
  const until = async (what, holds) => {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const there = await copies();
      if (holds(there)) return tally.check(what, true);
      if (performance.now() > deadline) return tally.check(what, false, JSON.stringify(there));
      await pause(100);
    }
  };
  const start = async (every) => {
    const settings = { HEARTH_BACKUP__EVERY: every, HEARTH_BACKUP__KEEP: "2" };
    const serving = new Hearth({ binary: options.binary, database: own, port: await freePort(), log: join(options.work, "own.log"), settings });
    serving.start();
    tally.check(`every ${every}: ready`, await serving.ready(), "see own.log");
    return serving;
  };
  const clocked = await start("1s");
  const seen = new Set();
  await until("four copies are made by the clock, and two kept", (there) => {
    there.forEach(({ file }) => seen.add(file));
    return seen.size >= 4 && there.length === 2 && there.every((copy) => copy.reason === "schedule" && copy.is_verified);
  });
  tally.check("a server that makes copies stops in order", (await clocked.end("SIGTERM"))?.code === 0);
  const asked = await start("0s");
  await asked.end("SIGUSR1", 1);
  await until("SIGUSR1 makes one", (there) => there[0]?.reason === "manual");
  tally.check("and the server goes on", asked.running && (await asked.end("SIGTERM"))?.code === 0);
}

/** Brings the copy back elsewhere and counts what is in it. */
async function examine(number, file, before) {
  const elsewhere = join(options.work, `copy-${number}.db`);
  const restored = await command({ binary: options.binary, database: elsewhere }, "restore", file, "--yes", "--json");
  tally.check(`copy ${number}: is restored`, restored.code === 0, restored.err.slice(0, 500));
  const integrity = await integrityCheck(elsewhere);
  tally.check(`copy ${number}: integrity_check`, integrity === "ok", integrity);
  const held = await sql(elsewhere, `SELECT (ts - ${plan.baseMs}) / ${SLOTS}, COUNT(*) FROM heat_event JOIN heat_session AS s ON s.id = session_id WHERE s.external_id LIKE 'session-backup-%' GROUP BY 1`);
  const counts = new Map(held.map(([n, count]) => [Number(n), Number(count)]));
  const events = (n) => JSON.parse(batchBody(plan, n)).events.length;
  const missing = [...before].filter((n) => !counts.has(n));
  const torn = [...counts].filter(([n, count]) => count !== events(n));
  tally.check(`copy ${number}: holds what was acknowledged before it began`, before.size > 0 && missing.length === 0, `${missing.length} of ${before.size} missing`);
  tally.check(`copy ${number}: no batch is torn`, torn.length === 0, JSON.stringify(torn.slice(0, 5)));
  for (const end of ["", ".lock", ".beside.lock", ".copy.lock"]) rmSync(elsewhere + end, { force: true });
  rmSync(file);
}

/** Sends batches over all connections, each resting in between, until it is over. */
async function load(isOver) {
  const agent = connectionPool(options.connections);
  let next = 0;
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      while (!isOver()) {
        const n = next++;
        const body = batchBody(plan, n);
        const [begun, within] = [performance.now(), phase];
        const answer = await ingest(server.port, projectKey(plan, projectOf(plan, n)), body, agent).catch(() => ({ status: 0 }));
        if (within !== null && within === phase) within.push(performance.now() - begun);
        if (isSuccess(answer.status)) acked.add(n);
        else refused += 1;
        await pause(REST_MS);
      }
    }),
  );
  agent.destroy();
}
