import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectOf } from "./batches.mjs";
import { readHistory } from "./history.mjs";
import { checkStored, endWell, hasPanicked, lastWords, prepare, sendAgain, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/**
 * Every kind of error at every place of the write path (trust.md D5), and the retry that follows it (D19).
 *
 * In each trial the Nth call of one kind on the database's files fails in one way, once for each thread. Each batch is tried, tried
 * again after the restart, and must be there once. A short write is one of nothing (strace can only make calls
 * that did nothing); writes cut in the middle are what limits.mjs (--fsize) and disk_full.sh do.
 */
const FAULTS = [
  { call: "pwrite64", fault: "error=ENOSPC" },
  { call: "pwrite64", fault: "error=EIO" },
  { call: "pwrite64", fault: "error=EINTR" },
  { call: "pwrite64", fault: "retval=0" },
  { call: "ftruncate", fault: "error=ENOSPC" },
  { call: "ftruncate", fault: "error=EIO" },
  { call: "ftruncate", fault: "error=EINTR" },
  { call: "openat", fault: "error=ENOSPC" },
  { call: "openat", fault: "error=EIO" },
  { call: "openat", fault: "error=EINTR" },
  { call: "unlink", fault: "error=EIO" },
  { call: "fchmod,fchown,mkdir,fallocate", fault: "error=EIO" },
];
/** Batches of one trial; enough that the writer makes more calls than any N. */
const BATCHES = 60;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", trials: 100, lanes: 2 });
const tally = new Tally();
const totals = { trials: 0, injected: 0, hit: 0, refusedToStart: 0, ended: 0, retried: 0 };

await tally.run(async () => {
  const base = await baseFile();
  const trials = chosenTrials(options.trials);
  await Promise.all(Array.from({ length: options.lanes }, async () => {
    for (let trial = trials.shift(); trial !== undefined; trial = trials.shift()) {
      await run(trial, base).catch((error) => tally.check(`${trial.label}: ran to its end`, false, error.stack));
    }
  }));
  tally.check("most trials injected their error", totals.hit >= totals.trials * 0.6, `${totals.hit} of ${totals.trials}`);
  tally.figure("io_errors trials", totals.trials);
  tally.figure("io_errors trials in which the error came", totals.hit);
  tally.figure("io_errors errors injected", totals.injected);
  tally.figure("io_errors starts refused", totals.refusedToStart);
  tally.figure("io_errors ended by itself under load", totals.ended);
  tally.figure("io_errors batches sent twice", totals.retried);
});

/** The trials in turn through all kinds, N from 1 on: the same number of trials is always the same trials. */
function chosenTrials(count) {
  return Array.from({ length: count }, (_, i) => {
    const { call, fault } = FAULTS[i % FAULTS.length];
    const when = Math.floor(i / FAULTS.length) + 1;
    return { call, fault, when, isFresh: when % 3 === 0, label: `t${i}-${call.split(",")[0]}-${fault.split("=")[1]}-${when}` };
  });
}

/** A file with some history, which two thirds of the trials begin with; the others make theirs. */
async function baseFile() {
  const one = await prepare({ ...options, label: "base" });
  one.server.start();
  tally.check("base: ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 50 });
  await endWell(tally, "base", one);
  return one.server.database;
}

async function run({ call, fault, when, isFresh, label }, base) {
  const one = await prepare({ ...options, label, settings: { HEARTH_STORAGE__WAL_LIMIT: "1MiB" } });
  const { database } = one.server;
  if (!isFresh) copyFileSync(base, database);
  const trace = join(options.work, `${label}.strace`);
  const files = ["", "-wal", "-shm", "-journal"].flatMap((end) => ["-P", `${database}${end}`]);
  one.server.start(["strace", "-D", "-f", "-q", "-o", trace, ...files, "-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${when}`]);
  totals.trials += 1;
  if (await one.server.ready(20_000)) {
    const statuses = await sendNew(one, { connections: 4, batches: BATCHES, limitMs: 5000 });
    const others = [...statuses.keys()].filter((status) => ![200, 503].includes(status));
    tally.check(`${label}: answers are 200 or 503`, others.length === 0, others.join());
    if (!one.server.running) totals.ended += 1;
  } else {
    totals.refusedToStart += 1;
  }
  const end = one.server.running ? await one.server.end("SIGTERM") : await one.server.exit(1);
  tally.check(`${label}: ends by itself`, end !== null && end.signal === null, JSON.stringify(end));
  if (one.server.running) await one.server.end("SIGKILL");
  tally.check(`${label}: no panic`, !hasPanicked(one) && end?.code !== 101, lastWords(one));
  const injected = existsSync(trace) ? readFileSync(trace, "utf8").split("(INJECTED)").length - 1 : 0;
  totals.injected += injected;
  if (injected > 0) totals.hit += 1;
  await retry(one, label);
}

/** Without the fault: everything is sent (again), and is there once. */
async function retry(one, label) {
  one.server.start();
  if (!tally.check(`${label}: starts again`, await one.server.ready(), lastWords(one))) return;
  const { sent } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  if (sent.size === 0) await sendNew(one, { connections: 4, batches: 5 });
  const again = await sendAgain(one, { isAll: true });
  totals.retried += again.sent;
  tally.check(`${label}: the retry is taken`, again.refused === 0, again.refused);
  await checkStored(tally, `${label}: stored once`, one);
  await endWell(tally, label, one);
}
