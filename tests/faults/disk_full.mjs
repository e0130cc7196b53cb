import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePlan, projectOf } from "./batches.mjs";
import { isSuccess, load, resend } from "./client.mjs";
import { checkComparison, compare } from "./compare.mjs";
import { History, readHistory } from "./history.mjs";
import { get } from "./http.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort } from "./server.mjs";
import { Tally } from "./tally.mjs";
import { trackOnFullDisk } from "./track_disk_full.mjs";

const MIB = 1 << 20;
/** Space to healthy again, in ms (trust.md D6). */
const HEAL_LIMIT_MS = 5000;
const FILL_LIMIT_MS = 40_000;
/** Refusals in a row after which the disk counts as full: a smaller batch might still have fitted after one. */
const REFUSALS_WHEN_FULL = 30;
const BALLAST_BYTES = 10 * MIB;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", disk: "", rounds: 3 });
const tally = new Tally();
let worstHealMs = 0;

await tally.run(async () => {
  await fullDisk();
  clearDisk();
  await floorBeforeFull();
  clearDisk();
  await trackOnFullDisk(tally, options);
  tally.figure("disk_full rounds", options.rounds + 1);
  tally.figure("disk_full worst recovery ms", Math.round(worstHealMs));
});

/** The disk runs full to the last page, several times in the life of one process. */
async function fullDisk() {
  for (let round = 0; round < options.rounds; round += 1) placeBallast(round, BALLAST_BYTES);
  const one = await startOn("full", {});
  for (let round = 0; round < options.rounds; round += 1) {
    await fill(one, `round ${round}`);
    await readsWork(one, `round ${round}`);
    removeBallast(round);
    await heals(one, `round ${round}`);
    await nothingLost(one, `round ${round}`);
  }
  await endsWell(one);
}

/** `storage.min_free` refuses while there is still room for everything else on the machine. */
async function floorBeforeFull() {
  const floor = 16 * MIB;
  placeBallast(0, floor);
  const one = await startOn("floor", { HEARTH_STORAGE__MIN_FREE: "16MiB" });
  await fill(one, "floor");
  tally.check("floor: refused before the disk was full", freeBytes() >= floor * 0.75, `${freeBytes()} bytes free`);
  tally.check("floor: not refused long before it", freeBytes() <= floor * 1.5, `${freeBytes()} bytes free`);
  await readsWork(one, "floor");
  removeBallast(0);
  await heals(one, "floor");
  await nothingLost(one, "floor");
  await endsWell(one);
}

async function startOn(label, settings) {
  const one = {
    server: new Hearth({
      binary: options.binary,
      database: join(options.disk, `${label}.db`),
      port: await freePort(),
      log: join(options.work, "hearth.log"),
      settings,
    }),
    plan: makePlan({ label, baseMs: Date.now() - 3_600_000, bigPercent: 100, padBytes: 1500, projects: 2 }),
    smallPlan: makePlan({ label: `${label}-small`, baseMs: Date.now() - 3_600_000, bigPercent: 0, projects: 1 }),
    historyPath: join(options.work, `history-${label}.log`),
    smallHistoryPath: join(options.work, `history-${label}-small.log`),
    sent: 0,
    sentSmall: 0,
  };
  one.server.start();
  tally.check(`${label}: ready`, await one.server.ready(), "see hearth.log");
  return one;
}

/** Ingests until nothing goes in any more; every refusal on the way must be the documented one. */
async function fill(one, round) {
  const history = await History.create(one.historyPath);
  const deadline = performance.now() + FILL_LIMIT_MS;
  let refusedInARow = 0;
  const wrong = new Set();
  const statuses = await load({
    ...one,
    port: one.server.port,
    history,
    connections: 4,
    next: () => one.sent++,
    stop: () => refusedInARow >= REFUSALS_WHEN_FULL || performance.now() > deadline,
    onAnswer: (answer) => {
      if (isSuccess(answer.status)) {
        refusedInARow = 0;
        return;
      }
      refusedInARow += 1;
      const problem = wrongRefusal(answer);
      if (problem) wrong.add(problem);
    },
  });
  await history.close();
  tally.check(`${round}: filled until refused`, refusedInARow >= REFUSALS_WHEN_FULL, JSON.stringify([...statuses]));
  tally.check(`${round}: something was accepted before`, (statuses.get(200) ?? 0) > 0, JSON.stringify([...statuses]));
  tally.check(`${round}: refusals are 503 with Retry-After and a code`, wrong.size === 0, [...wrong].join("; "));
  tally.check(`${round}: still running`, one.server.running);
}

/** What is wrong with a refusal for want of space, or null. */
function wrongRefusal({ status, headers, text }) {
  if (status !== 503) return `status ${status}`;
  if (!(Number(headers["retry-after"]) >= 1)) return `Retry-After ${headers["retry-after"]}`;
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return "body is not JSON";
  }
  const missing = ["error", "code", "message", "requestId"].filter((key) => typeof body[key] !== "string");
  return missing.length > 0 ? `body without ${missing.join(", ")}` : null;
}

async function readsWork(one, round) {
  const { projectIds } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const project = `/api/projects/${encodeURIComponent(projectIds.get(0))}`;
  for (const path of [`${project}/events`, `${project}/heatmap`, `${project}/sessions`, "/healthz"]) {
    const answer = await get(one.server.port, path).catch((error) => ({ status: error.message }));
    tally.check(`${round}: ${path.split("/").at(-1)} answers while the disk is full`, answer.status === 200, answer.status);
  }
}

/** Polls with new events until one is accepted, then expects every refused batch to be accepted, too. */
async function heals(one, round) {
  const freedAt = performance.now();
  const history = await History.create(one.smallHistoryPath);
  const { refused, firstAt } = await resend({
    port: one.server.port,
    plan: one.smallPlan,
    history,
    batches: [one.sentSmall++],
    connections: 1,
    limitMs: HEAL_LIMIT_MS,
  });
  await history.close();
  if (!tally.check(`${round}: accepts again within ${HEAL_LIMIT_MS} ms`, refused.length === 0)) return;
  worstHealMs = Math.max(worstHealMs, firstAt - freedAt);
  tally.check(`${round}: ready again`, await one.server.ready(HEAL_LIMIT_MS));
  await resendRefused(one, round);
}

async function resendRefused(one, round) {
  const { unacked } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const history = await History.create(one.historyPath);
  const { refused } = await resend({
    ...one,
    port: one.server.port,
    history,
    batches: unacked,
    connections: 4,
    limitMs: 15_000,
  });
  await history.close();
  tally.check(`${round}: what was refused is accepted later`, refused.length === 0, `${refused.length} left`);
}

async function nothingLost(one, round) {
  const port = one.server.port;
  checkComparison(tally, `${round}: acked = stored`, await compare({ ...one, port }));
  const small = await compare({ port, plan: one.smallPlan, historyPath: one.smallHistoryPath });
  checkComparison(tally, `${round}: acked = stored (single events)`, small);
}

/** A graceful stop, an integrity check, and everything still there after the next start. */
async function endsWell(one) {
  const end = await one.server.end("SIGTERM");
  tally.check("SIGTERM ends it with code 0", end?.code === 0, JSON.stringify(end));
  const integrity = await integrityCheck(one.server.database);
  tally.check("integrity_check", integrity === "ok", integrity);
  one.server.start();
  tally.check("starts again", await one.server.ready());
  await nothingLost(one, "after a restart");
  await one.server.end("SIGKILL");
}

function placeBallast(number, bytes) {
  writeFileSync(join(options.disk, `ballast-${number}`), Buffer.alloc(bytes, 0x5a));
}

function removeBallast(number) {
  rmSync(join(options.disk, `ballast-${number}`));
}

function clearDisk() {
  for (const name of ["full", "floor"].flatMap((base) => ["", "-wal", "-shm"].map((end) => `${base}.db${end}`))) rmSync(join(options.disk, name), { force: true });
}

function freeBytes() {
  const { bavail, bsize } = statfsSync(options.disk);
  return bavail * bsize;
}
