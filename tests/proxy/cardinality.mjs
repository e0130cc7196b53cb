// Clients who invent paths, methods, hosts, user agents and users: memory stays bounded and every sum exact (trust.md I9).
//
//   cardinality.mjs [--requests 200000] [--seed N]
import { readOptions } from "../faults/options.mjs";
import { Random } from "../lib/random.mjs";
import { accounted, sendAll, startSmallApp } from "./load.mjs";
import { startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";

const MIB = 1 << 20;
const GROWTH_LIMIT_BYTES = 64 * MIB;
const CONNECTIONS = 16;
/** The default of `traffic.max_routes`. */
const MAX_ROUTES = 1000;
/** Requests after which is looked whether the recorder keeps up. */
const PACE = 2000;
/** Records that may wait: well below `traffic.queue_records`. */
const WAITING_LIMIT = 20_000;

const options = readOptions(process.argv.slice(2), { requests: 200_000, seed: Date.now() % 1_000_000 });

await trial(async () => {
  console.log(`seed ${options.seed}, ${options.requests} requests`);
  const app = await startSmallApp((target) => `X-Hearth-User-Id: u${target.slice(-24)}\r\nX-Hearth-Session-Id: s${target.slice(-24)}\r\n`);
  const proxy = await startProxy({ upstream: app });
  const random = new Random(options.seed);
  const warmUp = await paced(proxy, random, Math.floor(options.requests / 10), 0);
  await accounted(proxy, warmUp.sent);
  const before = proxy.hearth.residentBytes();
  const startedAt = performance.now();
  const load = await paced(proxy, random, options.requests, warmUp.sent);
  const sent = warmUp.sent + load.sent;
  const counts = await accounted(proxy, sent);
  const seconds = (performance.now() - startedAt) / 1000;
  const grown = proxy.hearth.residentBytes() - before;

  tally.check("no request failed", warmUp.failed + load.failed === 0, [...warmUp.problems, ...load.problems].join("; "));
  tally.check("nothing was dropped", counts.dropped_queue_full === 0 && counts.dropped_store === 0, JSON.stringify(counts));
  tally.check("every request is recorded", counts.recorded === sent, `${counts.recorded} of ${sent}`);
  tally.check(`memory grew by at most ${GROWTH_LIMIT_BYTES / MIB} MiB`, grown <= GROWTH_LIMIT_BYTES, `${(grown / MIB).toFixed(1)} MiB`);
  await routesAreBounded(proxy, sent);
  tally.figure("cardinality requests", sent);
  tally.figure("cardinality requests/s", Math.round(load.sent / seconds));
  tally.figure("cardinality memory growth MiB", (grown / MIB).toFixed(1));
  tally.figure("cardinality memory MiB", (proxy.hearth.residentBytes() / MIB).toFixed(1));
  await proxy.stop();
});

/** Sends so many requests, each unlike all others, no faster than they are recorded. */
async function paced(proxy, random, count, sentBefore) {
  const load = { sent: 0, failed: 0, problems: new Set() };
  for (let left = count; left > 0; left -= PACE) {
    let n = Math.min(PACE, left);
    const part = await sendAll({ port: proxy.port, connections: CONNECTIONS, next: () => (n-- > 0 ? inventedRequest(random) : undefined) });
    load.sent += part.sent;
    load.failed += part.failed;
    for (const problem of part.problems) load.problems.add(problem);
    await accounted(proxy, sentBefore + load.sent - WAITING_LIMIT);
  }
  return load;
}

/**
 * Path, method, host, user agent, user and session that nobody has sent before.
 *
 * A tenth of the paths are of a grid with few rows and columns: nothing in them looks like a value, so each is a route of
 * its own, and there are many times more of them than there may be routes.
 */
function inventedRequest(random) {
  const word = (length) => random.text(length, "abcdefghijklmnopqrstuvwxyz");
  const path = random.chance(0.1)
    ? `/grid-${word(1)}${random.integer(0, 1)}/${word(1)}-part/${word(1)}-leaf`
    : `/${Array.from({ length: random.integer(1, 6) }, () => (random.chance(0.3) ? String(random.integer(0, 1e9)) : word(random.integer(3, 12)))).join("/")}`;
  return `${word(12).toUpperCase()} ${path}?q=${word(20)} HTTP/1.1\r\nHost: ${word(10)}.example\r\nUser-Agent: ${word(16)}/${random.integer(0, 1e6)}\r\nReferer: http://${word(9)}.example/${word(9)}\r\n\r\n`;
}

async function routesAreBounded(proxy, sent) {
  const rows = await proxy.records.routes();
  const names = new Set(rows.map((row) => row.route));
  const sum = rows.reduce((all, row) => all + row.requests, 0);
  tally.check("the requests of all routes are those that were sent", sum === sent, `${sum} of ${sent}`);
  tally.check("there is a route for the rest", names.has("(other)"), [...names].slice(0, 20).join(" "));
  tally.check(`at most ${MAX_ROUTES} routes`, names.size <= MAX_ROUTES, names.size);
  const total = (await proxy.records.traffic("")).requests;
  tally.check("the total is the number sent", total === sent, `${total} of ${sent}`);
  tally.figure("cardinality routes", names.size);
  tally.figure("cardinality methods shown", new Set(rows.map((row) => row.method)).size);
  tally.figure("cardinality requests in (other)", rows.filter((row) => row.route === "(other)").reduce((all, row) => all + row.requests, 0));
}
