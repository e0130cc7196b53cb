import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDescriptors, residentBytes, slope } from "../faults/memory.mjs";
import { Histogram } from "./histogram.mjs";
import { MixedLoad, startAll } from "./mixed.mjs";

const MIB = 1 << 20;
const HOUR_MS = 3_600_000;
/** Measuring the maximum. */
const CONNECTIONS = 32;
const MAXIMUM_S = 20;
/** The first part of the time, in which caches fill; memory is judged after it. */
const WARM_UP = 0.2;
/** What is demanded (trust.md R1). */
const RSS_SLOPE_MIB_PER_H = 1;
const WAL_LIMIT_MIB = 64;
const P99_RATIO = 1.2;
/** Descriptors come and go with connections; more than these in the end than after the warm-up is a leak. */
const FD_GROWTH = 8;

/** Half of what the machine can take, for long: nothing grows, nothing slows down, nothing fails. */
export async function measureSoak(options, figures) {
  const target = await startAll(options, "soak");
  const { pid } = target.server.child;
  // A small machine: `--group` is a control group with a limit of memory, `--core` the only core (trust.md R3).
  if (options.group !== "") writeFileSync(join(options.group, "cgroup.procs"), String(pid));
  if (options.core !== "") execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", options.core, String(pid)], { stdio: "ignore" });
  const load = new MixedLoad(target);
  await load.closed({ connections: CONNECTIONS, seconds: 5 });
  const maximum = await load.closed({ connections: CONNECTIONS, seconds: MAXIMUM_S });
  figures.add("soak maximum requests/s", maximum.perS);
  figures.add("soak maximum p99 ms", maximum.p99Ms);
  const share = options.share;
  const perS = maximum.perS * share;
  figures.add("soak load requests/s", perS);

  const tenths = Array.from({ length: 10 }, () => new Histogram());
  const samples = [];
  let failed = 0;
  const failures = new Map();
  const startedAt = performance.now();
  const lengthMs = options.minutes * 60_000;
  const sampling = setInterval(() => samples.push({ at: performance.now() - startedAt, rss: residentBytes(pid), fds: openDescriptors(pid), wal: walBytes(target) }), Math.max(250, lengthMs / 1200));
  const sent = await load.open({
    perS,
    seconds: lengthMs / 1000,
    connections: 256,
    onAnswer: ({ status, waitedMs }) => {
      const tenth = tenths[Math.min(9, Math.floor(((performance.now() - startedAt) / lengthMs) * 10))];
      tenth.add(waitedMs);
      if (status !== 200) {
        failed += 1;
        failures.set(status, (failures.get(status) ?? 0) + 1);
      }
    },
  });
  clearInterval(sampling);

  const warm = samples.filter(({ at }) => at > lengthMs * WARM_UP);
  const rssSlope = (slope(warm.map(({ at, rss }) => [at, rss])) * HOUR_MS) / MIB;
  const fdGrowth = mean(warm.slice(-10), "fds") - mean(warm.slice(0, 10), "fds");
  const wal = Math.max(...samples.map((sample) => sample.wal)) / MIB;
  const [first, last] = [tenths[0], tenths[9]].map((tenth) => tenth.quantile(0.99));
  tenths.forEach((tenth, i) => figures.add(`soak tenth ${i + 1} p99 ms`, tenth.quantile(0.99)));
  figures.add("soak minutes", options.minutes);
  figures.add("soak requests", sent.sent);
  figures.add("soak RSS after warm-up MiB", warm[0].rss / MIB);
  figures.add("soak RSS at the end MiB", warm.at(-1).rss / MIB);
  figures.add("soak database at the end MiB", target.server.bytesOnDisk / MIB);
  judge("soak RSS slope MiB/h", rssSlope, rssSlope <= RSS_SLOPE_MIB_PER_H, `<= ${RSS_SLOPE_MIB_PER_H}`, figures);
  judge("soak descriptors more", fdGrowth, fdGrowth <= FD_GROWTH, `<= ${FD_GROWTH}`, figures);
  judge("soak largest log MiB", wal, wal <= WAL_LIMIT_MIB, `<= ${WAL_LIMIT_MIB}`, figures);
  judge("soak p99 of the last tenth to the first", last / first, last / first <= P99_RATIO, `<= ${P99_RATIO}`, figures);
  judge("soak requests failed", failed, failed === 0, `0, answers ${JSON.stringify([...failures])}`, figures);
  judge("soak requests not sent in time", sent.left, sent.left === 0, "0", figures);
  await target.server.stop();
  summary();
}

const counts = { passed: 0, failed: 0 };

/** Prints a demand with what was measured, and counts it. */
export function judge(name, value, holds, demand, figures) {
  figures.add(name, value);
  counts[holds ? "passed" : "failed"] += 1;
  console.log(`${holds ? "PASS" : "FAIL"} ${name}: ${Number(value.toPrecision(4))}, demanded ${demand}`);
}

/** The last line; a failed demand is a failed benchmark. */
export function summary() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
}

function mean(samples, name) {
  return samples.reduce((sum, sample) => sum + sample[name], 0) / samples.length;
}

function walBytes({ server }) {
  return statSync(`${server.database}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
