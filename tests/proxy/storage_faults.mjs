// Storage that fails or stalls while the proxy works: no request notices, what is not recorded is counted, and it heals
// by itself (trust.md P8). Started by storage_faults.sh.
//
//   storage_faults.mjs --disk DIR [--seconds 8]
import fs from "node:fs";
import path from "node:path";
import { readOptions } from "../faults/options.mjs";
import { until } from "../lib/until.mjs";
import { accounted, sendAll, startSmallApp } from "./load.mjs";
import { startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";

const CONNECTIONS = 16;
/** What is left on the disk once the ballast lies there. */
const FREE_BYTES = 3 << 20;
const STALL_US = 500_000;
/** Few, so that a stalled writer makes the queue overflow within the time of a test. */
const QUEUE_RECORDS = 2000;
const HEAL_LIMIT_MS = 5000;

const options = readOptions(process.argv.slice(2), { disk: "", seconds: 8 });

await trial(async () => {
  const app = await startSmallApp();
  await fullDisk(app);
  await stalledWriter(app);
});

/** The disk fills up under load, and is freed again. */
async function fullDisk(app) {
  const folder = path.join(options.disk, "full");
  fs.mkdirSync(folder);
  const proxy = await startProxy({ upstream: app, reuse: { folder } });
  const ballast = path.join(options.disk, "ballast");
  const { bavail, bsize } = fs.statfsSync(options.disk);
  fs.writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - FREE_BYTES), 0x5a));

  let dropped = 0;
  const load = await loadUntil(proxy, async () => {
    dropped = (await proxy.records.counts()).dropped_store;
    return dropped > 1000;
  });
  checkLoad("full disk", load);
  tally.check("full disk: what could not be stored is counted", dropped > 0, dropped);
  const counts = await accounted(proxy, load.sent);
  checkSum("full disk", counts, load.sent);

  fs.rmSync(ballast);
  await heals("full disk", proxy, counts, load.sent);
  await proxy.stop();
}

/** Every fsync takes half a second; the queue of records overflows. Then the disk is fast again. */
async function stalledWriter(app) {
  const tracer = ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", `inject=fdatasync,fsync:delay_enter=${STALL_US}`];
  const proxy = await startProxy({ upstream: app, settings: { TRAFFIC__QUEUE_RECORDS: String(QUEUE_RECORDS) }, reuse: { tracer } });
  let dropped = 0;
  const load = await loadUntil(proxy, async () => {
    dropped = (await proxy.records.counts()).dropped_queue_full;
    return dropped > 1000;
  });
  checkLoad("stalled writer", load);
  tally.check("stalled writer: what found the queue full is counted", dropped > 0, dropped);
  tally.check("stalled writer: no request waited for it", load.slowestMs < STALL_US / 1000, `${Math.round(load.slowestMs)} ms`);
  const counts = await accounted(proxy, load.sent);
  checkSum("stalled writer", counts, load.sent);

  const status = fs.readFileSync(`/proc/${proxy.hearth.pid}/status`, "utf8");
  const tracerPid = Number(/^TracerPid:\s+(\d+)/m.exec(status)[1]);
  tally.check("stalled writer: the tracer was there to the end", tracerPid > 0);
  // Ends the delays; the tracer lets go of Hearth.
  if (tracerPid > 0) process.kill(tracerPid, "SIGTERM");
  await heals("stalled writer", proxy, counts, load.sent);
  await proxy.stop();
}

/** Sends requests for some seconds, and on until `reached` or three times as long. */
async function loadUntil(proxy, reached) {
  const startedAt = performance.now();
  let stop = false;
  let n = 0;
  const watching = until("the fault shows", async () => performance.now() - startedAt > options.seconds * 1000 && (await reached()), { withinMs: options.seconds * 3000, everyMs: 200 })
    .catch(() => {})
    .then(() => { stop = true; });
  const load = await sendAll({ port: proxy.port, connections: CONNECTIONS, next: () => (stop ? undefined : `GET /items/${n++}?at=load HTTP/1.1\r\nHost: faults.example\r\nUser-Agent: load\r\n\r\n`) });
  await watching;
  return load;
}

function checkLoad(name, load) {
  tally.check(`${name}: no proxied request failed`, load.failed === 0 && load.sent > 0, `${load.failed} of ${load.sent}: ${[...load.problems].join("; ")}`);
  tally.figure(`storage_faults ${name}: requests`, load.sent);
  tally.figure(`storage_faults ${name}: requests failed`, load.failed);
  tally.figure(`storage_faults ${name}: slowest request ms`, Math.round(load.slowestMs));
}

function checkSum(name, counts, sent) {
  const { recorded, ignored, dropped_queue_full: full, dropped_store: store } = counts;
  tally.check(`${name}: recorded and dropped are all requests`, recorded + ignored + full + store === sent, `${JSON.stringify(counts)}, ${sent} sent`);
  tally.figure(`storage_faults ${name}: recorded`, recorded);
  tally.figure(`storage_faults ${name}: dropped because the queue was full`, full);
  tally.figure(`storage_faults ${name}: dropped because they could not be stored`, store);
}

/** Without a restart, new requests are recorded again, and what was recorded is what the API shows. */
async function heals(name, proxy, before, sentBefore) {
  const startedAt = performance.now();
  let sent = sentBefore;
  const one = async () => {
    const load = await sendAll({ port: proxy.port, connections: 1, next: once(`GET /healed HTTP/1.1\r\nHost: faults.example\r\n\r\n`) });
    sent += load.sent;
    return (await proxy.records.counts()).recorded > before.recorded;
  };
  const healed = await until("recorded again", one, { withinMs: HEAL_LIMIT_MS, everyMs: 50 }).catch(() => false);
  tally.check(`${name}: records again within ${HEAL_LIMIT_MS} ms`, healed);
  tally.figure(`storage_faults ${name}: recovery ms`, Math.round(performance.now() - startedAt));
  const again = await sendAll({ port: proxy.port, connections: 4, next: countdown(1000, `GET /again HTTP/1.1\r\nHost: faults.example\r\n\r\n`) });
  sent += again.sent;
  const after = await accounted(proxy, sent);
  checkLoad(`${name}, healed`, again);
  const droppedSince = after.dropped_store + after.dropped_queue_full - before.dropped_store - before.dropped_queue_full;
  tally.check(`${name}: all of it is accounted for`, after.recorded + after.dropped_store + after.dropped_queue_full === sent, `${JSON.stringify(after)}, ${sent} sent`);
  tally.check(`${name}: nothing more than the first is dropped`, droppedSince <= sent - sentBefore - again.sent, droppedSince);
  const shown = (await proxy.records.traffic("")).requests;
  tally.check(`${name}: the API shows what was recorded`, shown === after.recorded, `${shown} shown, ${after.recorded} recorded`);
}

function once(text) {
  return countdown(1, text);
}

function countdown(count, text) {
  let left = count;
  return () => (left-- > 0 ? text : undefined);
}
