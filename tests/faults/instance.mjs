import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makePlan, projectOf } from "./batches.mjs";
import { load, resend } from "./client.mjs";
import { checkComparison, compare } from "./compare.mjs";
import { History, readHistory } from "./history.mjs";
import { integrityCheck } from "./integrity.mjs";
import { Hearth, freePort } from "./server.mjs";

/** How long a load may take that is not told otherwise, in ms. */
const LOAD_LIMIT_MS = 30_000;

/**
 * One Hearth with a load of its own and the client's record of it, not started yet.
 *
 * `folder` is where its database goes, `plan` is what `makePlan` takes beside the label.
 */
export async function prepare({ binary, work, folder = work, label, settings = {}, plan = {} }) {
  const historyPath = join(work, `history-${label}.log`);
  await (await History.create(historyPath)).close();
  const logPath = join(work, `${label}.log`);
  return {
    label,
    historyPath,
    logPath,
    plan: makePlan({ label, baseMs: Date.now() - 3_600_000, ...plan }),
    sent: 0,
    server: new Hearth({ binary, database: join(folder, `${label}.db`), port: await freePort(), log: logPath, settings }),
  };
}

/** Sends `batches` new batches, or until the server ends or `limitMs` passes; resolves to the answers by status. */
export async function sendNew(one, { connections = 8, batches = Infinity, limitMs = LOAD_LIMIT_MS, onAnswer, until = () => false }) {
  const history = await History.create(one.historyPath);
  const deadline = performance.now() + limitMs;
  const last = one.sent + batches;
  const statuses = await load({
    ...one,
    port: one.server.port,
    history,
    connections,
    next: () => one.sent++,
    stop: () => one.sent >= last || !one.server.running || performance.now() > deadline || until(),
    onAnswer,
  });
  await history.close();
  return statuses;
}

/** Sends again what has no 2xx, and with `isAll` everything that was ever sent; resolves to how many were refused. */
export async function sendAgain(one, { connections = 8, limitMs = 15_000, isAll = false } = {}) {
  const { sent, unacked } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const history = await History.create(one.historyPath);
  const batches = isAll ? [...sent] : unacked;
  const { refused } = await resend({ ...one, port: one.server.port, history, batches, connections, limitMs });
  await history.close();
  return { sent: batches.length, refused: refused.length };
}

/** Compares what was acknowledged with what the API shows, as one check. */
export async function checkStored(tally, name, one) {
  const seen = await compare({ ...one, port: one.server.port });
  checkComparison(tally, name, seen);
  return seen;
}

/** A stop in good order and an integrity check, as two checks. */
export async function endWell(tally, name, one) {
  const end = await one.server.end("SIGTERM");
  tally.check(`${name}: SIGTERM ends it with code 0`, end?.code === 0, JSON.stringify(end));
  if (one.server.running) await one.server.end("SIGKILL");
  const integrity = await integrityCheck(one.server.database);
  tally.check(`${name}: integrity_check`, integrity === "ok", integrity);
}

/** Whether a thread of it has panicked, by its log. */
export function hasPanicked(one) {
  return /panicked/.test(readFileSync(one.logPath, "utf8"));
}

/** The last lines of its log, for a failed check. */
export function lastWords(one, bytes = 600) {
  return readFileSync(one.logPath, "utf8").slice(-bytes);
}
