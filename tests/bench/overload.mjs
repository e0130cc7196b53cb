import { execFileSync } from "node:child_process";
import { Histogram } from "./histogram.mjs";
import { MixedLoad, startAll } from "./mixed.mjs";
import { residentBytes } from "../faults/memory.mjs";
import { judge, summary } from "./soak.mjs";

const MIB = 1 << 20;
/** How many times too much. */
const TIMES = 5;
const PEAK_CONNECTIONS = 64;
const PEAK_S = 15;
/** Senders at most at the same time; Hearth takes `server.max_connections`, 4096. */
const SENDERS = 3500;
/** What is demanded (trust.md R2). */
const GOODPUT_SHARE = 0.9;
const REFUSAL_LIMIT_MS = 50;
const RECOVERY_LIMIT_S = 5;
const RSS_GROWTH_MIB = 128;

/**
 * Batches of 50 events, five times more than can be taken, whether or not they are answered.
 *
 * The load has a core of its own and Hearth the other, so that the load does not take away what it measures.
 */
export async function measureOverload(options, figures) {
  const target = await startAll(options, "overload");
  pin(target.server.child.pid, 0);
  pin(process.pid, 1);
  const load = new MixedLoad(target, { kinds: ["ingest"], bigPercent: 100 });
  await load.closed({ connections: PEAK_CONNECTIONS, seconds: 3 });
  const peak = await load.closed({ connections: PEAK_CONNECTIONS, seconds: PEAK_S });
  figures.add("overload peak batches/s", peak.perS);
  figures.add("overload peak p99 ms", peak.p99Ms);
  const calm = await half(load, peak.perS, 10);
  figures.add("overload p99 ms at half of the peak, before", calm.p99Ms);

  const { pid } = target.server.child;
  const rssBefore = residentBytes(pid);
  const goodLate = { from: performance.now() + 3000, count: 0 };
  const refused = new Histogram();
  const taken = new Histogram();
  const others = new Map();
  let withoutRetryAfter = 0;
  let largestRss = 0;
  const sampling = setInterval(() => (largestRss = Math.max(largestRss, residentBytes(pid))), 250);
  const until = performance.now() + options.seconds * 1000;
  const sent = await load.open({
    perS: peak.perS * TIMES,
    seconds: options.seconds,
    connections: SENDERS,
    onAnswer: ({ status, head, tookMs }) => {
      const now = performance.now();
      if (status === 200) {
        taken.add(tookMs);
        if (now > goodLate.from && now <= until) goodLate.count += 1;
      } else if (status === 503 || status === 429) {
        refused.add(tookMs);
        if (!/\r\nretry-after: *[1-9]/i.test(head)) withoutRetryAfter += 1;
      } else {
        const name = status === 0 ? head : status;
        others.set(name, (others.get(name) ?? 0) + 1);
      }
    },
  });
  clearInterval(sampling);
  const endedAt = performance.now();
  const goodPerS = goodLate.count / (options.seconds - 3);
  figures.add("overload seconds", options.seconds);
  figures.add("overload due requests/s", sent.due / options.seconds);
  figures.add("overload sent requests/s", sent.sent / options.seconds);
  figures.add("overload taken", taken.count);
  figures.add("overload taken p99 ms", taken.quantile(0.99));
  figures.add("overload refused", refused.count);
  figures.add("overload refused p50 ms", refused.quantile(0.5));
  judge("overload goodput to peak", goodPerS / peak.perS, goodPerS >= peak.perS * GOODPUT_SHARE, `>= ${GOODPUT_SHARE}`, figures);
  judge("overload refusals p99 ms", refused.quantile(0.99), refused.quantile(0.99) <= REFUSAL_LIMIT_MS, `<= ${REFUSAL_LIMIT_MS}`, figures);
  judge("overload refusals without Retry-After", withoutRetryAfter, withoutRetryAfter === 0, "0", figures);
  judge("overload other answers", [...others.values()].reduce((a, b) => a + b, 0), others.size === 0, `0, seen ${JSON.stringify([...others])}`, figures);
  judge("overload RSS more MiB", (largestRss - rssBefore) / MIB, largestRss - rssBefore <= RSS_GROWTH_MIB * MIB, `<= ${RSS_GROWTH_MIB}`, figures);

  let recoveredS = Infinity;
  while (performance.now() - endedAt < 3 * RECOVERY_LIMIT_S * 1000) {
    const now = await half(load, peak.perS, 0.5);
    if (now.failed === 0 && now.p99Ms <= Math.max(calm.p99Ms * 2, 20)) {
      recoveredS = (performance.now() - endedAt) / 1000;
      break;
    }
  }
  judge("overload normal again after s", Number.isFinite(recoveredS) ? recoveredS : 1e9, recoveredS <= RECOVERY_LIMIT_S, `<= ${RECOVERY_LIMIT_S}`, figures);
  await target.server.stop();
  summary();
}

/** Half of the peak for some seconds: how long answers take then. */
async function half(load, peakPerS, seconds) {
  const seen = new Histogram();
  let failed = 0;
  await load.open({ perS: peakPerS / 2, seconds, connections: 256, onAnswer: ({ status, waitedMs }) => (status === 200 ? seen.add(waitedMs) : (failed += 1)) });
  return { p99Ms: seen.quantile(0.99), failed };
}

/** Holds a process, all its threads included, to one core. */
function pin(pid, core) {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", String(core), String(pid)], { stdio: "ignore" });
}
