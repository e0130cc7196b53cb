import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { Random } from "../lib/random.mjs";
import { batchBody } from "./batches.mjs";
import { Connection, postHead } from "./connection.mjs";
import { get } from "./http.mjs";
import { hasPanicked, lastWords, prepare } from "./instance.mjs";
import { residentBytes, slope } from "./memory.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/**
 * Bodies and targets that are almost right, by the hundred thousand, on kept-alive connections (trust.md I3): no answer of
 * 5xx, no panic, and memory that does not follow the number of requests.
 */
const MIB = 1 << 20;
const CONNECTIONS = 8;
/** What memory may grow by in a hundred thousand requests after the first third, which warms everything up. */
const GROWTH_LIMIT_BYTES = 16 * MIB;
const TOKENS = ["null", "true", "-0", "1e309", "\\ud83d", "\\u0000", "{}", "[]", "\"\"", "9007199254740993", "NaN", "\"__proto__\"", "'", "--", "%00", "\u00ff\u00fe", "\ufeff", "2".repeat(400), "[".repeat(120), "{\"a\":".repeat(60)];

const options = readOptions(process.argv.slice(2), { binary: "", work: "", requests: 100_000, seed: Date.now() % 1_000_000 });
const tally = new Tally();
const random = new Random(options.seed);

await tally.run(async () => {
  console.log(`seed ${options.seed}`);
  const one = await prepare({ ...options, label: "mutated", settings: { HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000", HEARTH_HEAT__MAX_PROJECTS: "10" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  const key = /project key:\s*(\S+)/.exec(readFileSync(one.logPath, "utf8"))[1];
  const [{ id: project }] = JSON.parse((await get(one.server.port, "/api/v1/projects")).text).projects;
  const statuses = new Map();
  const memory = [];
  const failures = [];
  let sent = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    const connection = new Connection(one.server.port);
    while (sent < options.requests && one.server.running) {
      const n = (sent += 1);
      const parts = request(one.plan, key, project, n);
      const answer = await connection.send(...parts);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status >= 500 && failures.length < 5) failures.push(`${answer.status} to ${Buffer.concat(parts.map((part) => Buffer.from(part))).toString("latin1").slice(0, 500)}`);
      if (n % 500 === 0) memory.push([n, residentBytes(one.server.pid)]);
    }
    connection.close();
  }));
  tally.check("it lives", one.server.running, lastWords(one));
  const bad = [...statuses].filter(([status]) => status >= 500).reduce((sum, [, count]) => sum + count, 0);
  tally.check("no answer of 5xx", bad === 0, failures.join("\n"));
  tally.check("no connection without an answer in time", (statuses.get(0) ?? 0) < options.requests / 1000, statuses.get(0));
  tally.check("both kinds of answers came", (statuses.get(200) ?? 0) > 0 && (statuses.get(400) ?? 0) > 0, JSON.stringify([...statuses]));
  tally.check("no panic", !hasPanicked(one), lastWords(one, 2000));
  const growth = slope(memory.slice(Math.floor(memory.length / 3))) * 100_000;
  tally.check(`memory grows by at most ${GROWTH_LIMIT_BYTES / MIB} MiB in 100,000`, growth <= GROWTH_LIMIT_BYTES, `${(growth / MIB).toFixed(1)} MiB`);
  tally.figure("mutated_bodies requests", sent);
  tally.figure("mutated_bodies answers", JSON.stringify([...statuses].sort((a, b) => a[0] - b[0])));
  tally.figure("mutated_bodies answers of 5xx", bad);
  tally.figure("mutated_bodies memory MiB per 100,000 requests", (growth / MIB).toFixed(2));
  await one.server.end("SIGTERM");
});

function request(plan, key, project, n) {
  if (random.chance(0.15)) return [`GET ${target(project)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`];
  const isHeat = random.chance(0.5);
  let body = mutate(Buffer.from(isHeat ? batchBody(plan, n) : appEvent(n)));
  const fields = isHeat ? { "x-project-key": "faults-mutated" } : { "X-API-Key": key };
  if (random.chance(0.1)) {
    body = random.chance(0.5) ? mutate(gzipSync(body)) : gzipSync(body);
    fields["Content-Encoding"] = "gzip";
  }
  const path = isHeat ? "/ingest" : random.pick(["/track", "/"]);
  return [postHead(path, body.length, fields), body];
}

function appEvent(n) {
  const event = { event: random.pick(["purchase", "signup", "$identify", "$alias"]), eventId: `e-${n}`, userId: `u-${n % 1000}`, anonymousId: `a-${n % 1000}`, properties: { value: n, currency: "EUR", utm_source: "x", items: [{ id: 1, price: 2.5 }] }, context: { library: "@datalyr/api", userAgent: "Mozilla/5.0", page: { url: "https://x.example/?a=b" } }, timestamp: new Date().toISOString() };
  return JSON.stringify(random.chance(0.5) ? event : { events: [{ event_id: `w-${n}`, event_name: "pageview", event_data: { url: "https://x.example/" }, visitor_id: "v", source: "web", timestamp: event.timestamp }], batchId: "b", timestamp: event.timestamp });
}

function target(project) {
  const path = random.pick([`/api/v1/projects/${project}/track/events`, `/api/v1/projects/${project}/traffic`, `/api/v1/projects/${project}/visits/totals`, `/api/projects/${project}/heatmap`, `/api/projects/${project}/events`, "/api/v1/status", "/p/x", "/login"]);
  const words = Array.from({ length: random.integer(0, 4) }, () => `${random.pick(["from", "to", "limit", "cursor", "type", "path", "filter", "viewport", "offset", "by", "timezone"])}=${encodeURIComponent(random.pick([...TOKENS, "1", "-1", "2025-01-01", "Europe/Berlin", "click", "18446744073709551616"]))}`);
  return `${path}?${words.join("&")}`;
}

/** Some bytes otherwise, gone, doubled, or replaced by something that has broken a parser somewhere. */
function mutate(bytes) {
  let changed = bytes;
  for (let left = random.integer(0, 4); left > 0; left -= 1) {
    const at = random.integer(0, Math.max(0, changed.length - 1));
    const to = Math.min(changed.length, at + random.integer(1, 20));
    const middle = random.pick([
      () => Buffer.from([random.integer(0, 255)]),
      () => Buffer.alloc(0),
      () => Buffer.from(random.pick(TOKENS), random.chance(0.2) ? "latin1" : "utf8"),
      () => Buffer.concat([changed.subarray(at, to), changed.subarray(at, to)]),
    ])();
    changed = Buffer.concat([changed.subarray(0, at), middle, changed.subarray(random.chance(0.5) ? to : Math.min(at + 1, changed.length))]);
  }
  return changed;
}
