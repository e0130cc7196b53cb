import { readFileSync } from "node:fs";
import { Random } from "../lib/random.mjs";
import { Connection, postHead } from "./connection.mjs";
import { get } from "./http.mjs";
import { lastWords, prepare } from "./instance.mjs";
import { residentBytes } from "./memory.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/**
 * Senders who invent paths, names, user agents and persons (trust.md I9, for events): memory stays bounded, answers stay fast,
 * and the sums are exact.
 */
const MIB = 1 << 20;
const GROWTH_LIMIT_BYTES = 64 * MIB;
const ANSWER_LIMIT_MS = 500;
const BATCH = 50;
const CONNECTIONS = 4;
const ASKED = 20;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", values: 200_000, seed: Date.now() % 1_000_000 });
const tally = new Tally();
const random = new Random(options.seed);

await tally.run(async () => {
  const one = await prepare({ ...options, label: "values", settings: { HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  const key = /project key:\s*(\S+)/.exec(readFileSync(one.logPath, "utf8"))[1];
  const [{ id: project }] = JSON.parse((await get(one.server.port, "/api/v1/projects")).text).projects;
  const made = { heat: 0, track: 0 };
  // What caches take is not growth: the first tenth fills them.
  await sendAll(one, key, made, options.values / 10);
  const before = residentBytes(one.server.pid);
  await sendAll(one, key, made, options.values);
  const growth = residentBytes(one.server.pid) - before;
  tally.check(`memory grew by at most ${GROWTH_LIMIT_BYTES / MIB} MiB`, growth <= GROWTH_LIMIT_BYTES, `${(growth / MIB).toFixed(1)} MiB`);
  const base = `/api/v1/projects/${project}`;
  const totals = JSON.parse((await get(one.server.port, `${base}/track/totals`)).text);
  tally.check("every app event is counted", totals.events === made.track, `${totals.events} of ${made.track}`);
  const heat = JSON.parse((await get(one.server.port, `${base}/totals`)).text);
  tally.check("every browser event is counted", JSON.stringify(heat).includes(String(made.heat)), `${made.heat} in ${JSON.stringify(heat).slice(0, 300)}`);
  const times = [];
  for (const path of [`${base}/totals`, `${base}/track/totals`, `${base}/visits/totals`, `${base}/heatmaps`, `${base}/persons`, `${base}/track/events`]) {
    const mine = [];
    for (let i = 0; i < ASKED; i += 1) {
      const startedAt = performance.now();
      const answer = await get(one.server.port, path);
      mine.push(performance.now() - startedAt);
      if (answer.status !== 200) tally.check(`${path} answers`, false, answer.status);
    }
    mine.sort((a, b) => a - b);
    times.push(mine[Math.floor(ASKED * 0.95)]);
    tally.check(`${path}: p95 below ${ANSWER_LIMIT_MS} ms`, times.at(-1) < ANSWER_LIMIT_MS, `${times.at(-1).toFixed(0)} ms`);
  }
  tally.figure("many_values events", made.heat + made.track);
  tally.figure("many_values memory growth MiB", (growth / MIB).toFixed(1));
  tally.figure("many_values slowest p95 ms", Math.max(...times).toFixed(0));
  await one.server.end("SIGTERM", 60_000);
});

async function sendAll(one, key, made, count) {
  let left = count;
  await Promise.all(Array.from({ length: CONNECTIONS }, async (_, lane) => {
    const connection = new Connection(one.server.port);
    while (left > 0) {
      left -= BATCH;
      const isHeat = lane % 2 === 0;
      const body = isHeat ? heatBatch() : trackBatch();
      const answer = await connection.send(postHead(isHeat ? "/ingest" : "/", Buffer.byteLength(body), { "User-Agent": `${word(12)}/1`, ...(isHeat ? { "x-project-key": key } : { "X-API-Key": key }) }), body);
      if (answer.status === 200) made[isHeat ? "heat" : "track"] += BATCH;
      else tally.check("a batch is taken", false, `${answer.status} ${answer.body.toString().slice(0, 200)}`);
    }
    connection.close();
  }));
}

function heatBatch() {
  const session = word(16);
  const events = Array.from({ length: BATCH }, () => ({ type: "click", eventId: word(20), sessionId: session, ts: Date.now() - random.integer(0, 3_600_000), path: `/${word(8)}/${word(8)}`, viewport: { w: random.integer(300, 3000), h: 800 }, device: { ua: word(20) }, selector: `#${word(12)}`, x: 1, y: 2 }));
  return JSON.stringify({ session: { id: session }, events });
}

function trackBatch() {
  const timestamp = new Date().toISOString();
  const events = Array.from({ length: BATCH }, () => ({ event_id: word(20), event_name: `name_${word(10)}`, event_data: { [word(8)]: word(8), utm_source: word(8), url: `https://${word(8)}.example/${word(8)}` }, visitor_id: word(12), user_id: word(12), source: "web", timestamp }));
  return JSON.stringify({ events, batchId: word(12), timestamp });
}

function word(length) {
  return random.text(length, "abcdefghijklmnopqrstuvwxyz");
}
