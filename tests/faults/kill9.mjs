import { join } from "node:path";
import { batchBody, makePlan, projectKey, projectOf } from "./batches.mjs";
import { isSuccess, load, resend } from "./client.mjs";
import { checkComparison, compare } from "./compare.mjs";
import { History, readHistory } from "./history.mjs";
import { connectionPool, ingest } from "./http.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** Start to first 2xx, in ms (trust.md D1). */
const START_LIMIT_MS = 2000;
const KILL_AFTER_MS = { least: 50, most: 1500 };
/** Acknowledged batches that are sent once more after the comparison of a cycle; the last comparison sees them. */
const RETRIED_BATCHES = 20;

const options = readOptions(process.argv.slice(2), {
  binary: "",
  work: "",
  cycles: 60,
  connections: 32,
  seed: Date.now() % 1_000_000,
});
const tally = new Tally();
const random = seededRandom(options.seed);
const database = join(options.work, "hearth.db");
const baseMs = Date.now() - 3 * 3_600_000;
const server = new Hearth({
  binary: options.binary,
  database,
  port: await freePort(),
  log: join(options.work, "hearth.log"),
});
const totals = { acked: 0, lost: 0, duplicated: 0, resent: 0, worstStartMs: 0, refused: 0 };

await tally.run(run);

async function run() {
  console.log(`seed ${options.seed}, ${options.cycles} cycles, ${options.connections} connections`);
  let cycle = 0;
  for (; cycle < options.cycles; cycle += 1) {
    if (!(await recover(cycle - 1))) break;
    await loadAndKill(cycle);
    const integrity = await integrityCheck(database);
    tally.check(`cycle ${cycle}: integrity_check`, integrity === "ok", integrity);
    if ((cycle + 1) % 10 === 0) {
      console.log(`cycle ${cycle + 1}: ${totals.acked} rows acked, worst start ${Math.round(totals.worstStartMs)} ms`);
    }
  }
  await finish(cycle);
}

/** Starts the server on what the last kill left, sends again what was not acknowledged, compares. */
async function recover(previous) {
  server.start();
  if (previous < 0) {
    return tally.check("first start is ready", await server.ready(), "see hearth.log");
  }
  const { plan, historyPath } = cyclePlan(previous);
  const { unacked, acked } = readHistory(historyPath, (n) => projectOf(plan, n));
  // One that was acknowledged proves the start when the kill caught nothing in flight.
  const batches = unacked.length > 0 ? unacked : [[...acked][0] ?? 0];
  totals.resent += batches.length;
  const history = await History.create(historyPath);
  const { refused, firstAt } = await resend({
    port: server.port,
    plan,
    history,
    batches,
    connections: options.connections,
    limitMs: 10_000,
  });
  await history.close();
  if (!tally.check(`cycle ${previous}: every batch is taken after the restart`, refused.length === 0, refused.length)) {
    return false;
  }
  const startMs = firstAt - server.startedAt;
  totals.worstStartMs = Math.max(totals.worstStartMs, startMs);
  tally.check(`cycle ${previous}: first 2xx within ${START_LIMIT_MS} ms`, startMs <= START_LIMIT_MS, `${startMs} ms`);
  await compareCycle(previous);
  await retryAcked(plan, acked);
  return true;
}

async function compareCycle(cycle) {
  const seen = await compare({ port: server.port, ...cyclePlan(cycle) });
  checkComparison(tally, `cycle ${cycle}: acked = stored`, seen);
  totals.acked += seen.acked;
  totals.lost += seen.lost;
  totals.duplicated += seen.duplicated;
}

/** A client that missed the answer sends the batch again: it must be welcome and change nothing. */
async function retryAcked(plan, acked) {
  const agent = connectionPool(4);
  for (const n of [...acked].slice(-RETRIED_BATCHES)) {
    const answer = await ingest(server.port, projectKey(plan, projectOf(plan, n)), batchBody(plan, n), agent);
    if (!isSuccess(answer.status)) tally.check("a batch sent twice is accepted", false, answer.status);
  }
  agent.destroy();
}

async function loadAndKill(cycle) {
  const { plan, historyPath } = cyclePlan(cycle);
  const history = await History.create(historyPath);
  const killAfterMs = KILL_AFTER_MS.least + random() * (KILL_AFTER_MS.most - KILL_AFTER_MS.least);
  let n = 0;
  let killed = false;
  const loading = load({
    port: server.port,
    plan,
    history,
    connections: options.connections,
    next: () => n++,
    stop: () => killed,
  });
  await pause(killAfterMs);
  tally.check(`cycle ${cycle}: alive until the kill`, server.running);
  await server.end("SIGKILL");
  killed = true;
  const statuses = await loading;
  await history.close();
  const refused = [...statuses].filter(([status]) => !isSuccess(status));
  const overload = refused.every(([status]) => status === 503 || status === 429);
  tally.check(`cycle ${cycle}: nothing but 2xx and overload`, overload, JSON.stringify(refused));
  totals.refused += refused.reduce((sum, [, count]) => sum + count, 0);
}

/** After the last kill: everything once more, all cycles, then a graceful stop. */
async function finish(cycles) {
  if (!server.running) await recover(cycles - 1);
  const all = { lost: 0, duplicated: 0 };
  for (let cycle = 0; cycle < cycles && server.running; cycle += 1) {
    const seen = await compare({ port: server.port, ...cyclePlan(cycle) });
    checkComparison(tally, `cycle ${cycle}: still there at the end`, seen);
    for (const name of Object.keys(all)) all[name] += seen[name];
  }
  const end = await server.end("SIGTERM");
  tally.check("SIGTERM ends it with code 0", end?.code === 0, JSON.stringify(end));
  const integrity = await integrityCheck(database);
  tally.check("integrity_check after the graceful stop", integrity === "ok", integrity);
  tally.figure("kill9 cycles", cycles);
  tally.figure("kill9 rows acked", totals.acked);
  tally.figure("kill9 rows lost", Math.max(totals.lost, all.lost));
  tally.figure("kill9 rows duplicated", Math.max(totals.duplicated, all.duplicated));
  tally.figure("kill9 batches sent again", totals.resent);
  tally.figure("kill9 batches refused for overload", totals.refused);
  tally.figure("kill9 worst start to first 2xx ms", Math.round(totals.worstStartMs));
}

/** Each cycle has its own projects, so that comparing one costs the same in the last cycle as in the first. */
function cyclePlan(cycle) {
  return {
    plan: makePlan({ label: `c${cycle}`, baseMs }),
    historyPath: join(options.work, `history-${cycle}.log`),
  };
}

/** A generator of numbers in [0, 1) (mulberry32), so that a failed run can be had again by its seed. */
function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
