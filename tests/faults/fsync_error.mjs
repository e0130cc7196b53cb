import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TRACED_CALLS, checkAckOrder } from "./ack_order.mjs";
import { makePlan, projectOf } from "./batches.mjs";
import { load, resend } from "./client.mjs";
import { checkComparison, compare } from "./compare.mjs";
import { History, readHistory } from "./history.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** Injected error to the end of the process, in seconds (trust.md D4). */
const EXIT_LIMIT_S = 1;
const LOAD_LIMIT_MS = 15_000;
/** Acknowledgements that the order check must have seen (trust.md D20 asks for every one of them). */
const ACKS_WANTED = 500;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", when: "3,8,16,24,32,40,55" });
const tally = new Tally();
let worstExitS = 0;
let acksProven = 0;
let errorsUnderLoad = 0;

await tally.run(async () => {
  await ackAfterFsync();
  const whens = options.when.split(",").map(Number);
  for (const when of whens) await failingFsync(when);
  // An early one hits the start, before anybody was answered; the later ones must have hit the writer at work.
  tally.check("half of the errors or more came under load", errorsUnderLoad >= whens.length / 2, errorsUnderLoad);
  tally.figure("fsync_error errors under load", `${errorsUnderLoad} of ${whens.length}`);
  tally.figure("ack_after_fsync acks in order", acksProven);
  tally.figure("fsync_error worst error to exit ms", Math.round(worstExitS * 1000));
});

/** Every answer follows its fsync, with one client (nobody else's fsync can stand in) and with many. */
async function ackAfterFsync() {
  const one = await prepare("order");
  one.server.start(tracer(one, []));
  tally.check("order: ready under strace", await one.server.ready(20_000), "see order.log");
  await loadSome(one, 1, ACKS_WANTED / 2);
  await loadSome(one, 16, ACKS_WANTED);
  const end = await one.server.end("SIGTERM");
  tally.check("order: SIGTERM ends it with code 0", end?.code === 0, JSON.stringify(end));
  await tracerDone(one);
  const seen = await checkAckOrder(one.trace);
  tally.check(`order: at least ${ACKS_WANTED} acknowledgements traced`, seen.acks >= ACKS_WANTED, seen.acks);
  tally.check("order: each 2xx was written after its fsync", seen.early === 0, `${seen.early} of ${seen.acks} early`);
  acksProven += seen.acks - seen.early;
}

/** The `when`th fsync of a thread fails: not one answer more, the end of the process, nothing lost. */
async function failingFsync(when) {
  const label = `EIO at fsync ${when}`;
  const one = await prepare(`eio-${when}`);
  one.server.start(tracer(one, ["-e", `inject=fdatasync,fsync:error=EIO:when=${when}`]));
  if (await one.server.ready(20_000)) await loadSome(one, 8, Infinity);
  const end = await one.server.exit(5000);
  tally.check(`${label}: the process ended by itself`, end !== null && end.signal === null, JSON.stringify(end));
  tally.check(`${label}: with a code other than 0`, end?.code > 0, JSON.stringify(end));
  if (one.server.running) await one.server.end("SIGKILL");
  await tracerDone(one);

  const seen = await checkAckOrder(one.trace);
  const exitS = seen.exitAt - seen.errorAt;
  tally.check(`${label}: the error was injected`, seen.errorAt !== null);
  tally.check(`${label}: ended within ${EXIT_LIMIT_S} s`, seen.errorAt !== null && exitS <= EXIT_LIMIT_S, `${exitS} s`);
  tally.check(`${label}: no 2xx without an fsync before the error`, seen.early === 0, JSON.stringify(seen));
  worstExitS = Math.max(worstExitS, exitS);
  acksProven += seen.acks - seen.early;
  if (seen.acks > 0) errorsUnderLoad += 1;
  lateAnswers(one, label, seen);
  await cleanRestart(one, label);
}

/** Nobody got a 2xx once the error had had time to travel; the answers to earlier commits may still be on the way. */
function lateAnswers(one, label, { errorAt }) {
  const allowedMs = errorAt * 1000 + 100;
  const late = readFileSync(one.historyPath, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("a ") && Number(line.split(" ")[2]) > allowedMs);
  tally.check(`${label}: no 2xx after the error`, late.length === 0, `${late.length} late`);
}

async function cleanRestart(one, label) {
  one.server.start();
  if (!tally.check(`${label}: starts again`, await one.server.ready(), `see ${one.label}.log`)) return;
  const { unacked, acked } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const history = await History.create(one.historyPath);
  const batches = unacked.length + acked.size > 0 ? unacked : [0];
  const { refused } = await resend({ ...one, port: one.server.port, history, batches, connections: 8, limitMs: 10_000 });
  await history.close();
  tally.check(`${label}: every batch is taken after the restart`, refused.length === 0, refused.length);
  checkComparison(tally, `${label}: acked = stored`, await compare({ ...one, port: one.server.port }));
  const end = await one.server.end("SIGTERM");
  tally.check(`${label}: SIGTERM ends it with code 0`, end?.code === 0, JSON.stringify(end));
  const integrity = await integrityCheck(one.server.database);
  tally.check(`${label}: integrity_check`, integrity === "ok", integrity);
}

async function prepare(label) {
  const historyPath = join(options.work, `history-${label}.log`);
  await (await History.create(historyPath)).close();
  return {
    label,
    historyPath,
    trace: join(options.work, `${label}.strace`),
    plan: makePlan({ label, baseMs: Date.now() - 3_600_000 }),
    sent: 0,
    server: new Hearth({
      binary: options.binary,
      database: join(options.work, `${label}.db`),
      port: await freePort(),
      log: join(options.work, `${label}.log`),
    }),
  };
}

/** Sends `batches` new batches, or until the server ends. */
async function loadSome(one, connections, batches) {
  const history = await History.create(one.historyPath);
  const deadline = performance.now() + LOAD_LIMIT_MS;
  const last = one.sent + batches;
  await load({
    ...one,
    port: one.server.port,
    history,
    connections,
    next: () => one.sent++,
    stop: () => one.sent >= last || !one.server.running || performance.now() > deadline,
  });
  await history.close();
}

/** With `-D` the started process is Hearth itself, so that signals and exit codes are its own. */
function tracer(one, inject) {
  const form = ["-D", "-f", "-q", "-y", "-ttt", "-s", "32", "-e", "signal=none"];
  return ["strace", ...form, "-e", `trace=${TRACED_CALLS}`, ...inject, "-o", one.trace];
}

/** Waits until the tracer, which outlives its tracee by a moment, has written its last line. */
async function tracerDone(one) {
  const deadline = performance.now() + 5000;
  const ended = () => /\+\+\+ (exited|killed)[^\n]*\n$/.test(readFileSync(one.trace, "utf8").slice(-200));
  while (!ended() && performance.now() < deadline) await pause(10);
}
