import { Agent, request } from "node:http";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { get } from "./http.mjs";
import { Hearth, freePort, pause } from "./server.mjs";

/** Space to healthy again, in ms (trust.md D6). */
const HEAL_LIMIT_MS = 5000;
const FILL_LIMIT_MS = 40_000;
/** Refusals in a row after which the disk counts as full: a smaller event might still have fitted after one. */
const REFUSALS_WHEN_FULL = 20;
const BALLAST_BYTES = 20 << 20;
const BIG_BYTES = 100_000;
const ORIGIN = "https://shop.example.org";

/**
 * The disk runs full under the doors of the Datalyr protocol (datalyr.md 8, rule 3; case 75).
 *
 * What is refused is answered 429 and forgotten: the same ids are taken once there is space, without a restart, and
 * every event is there once in the end. `options` are those of disk_full.mjs.
 */
export async function trackOnFullDisk(tally, options) {
  const ballast = join(options.disk, "ballast-track");
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 0x5a));
  const log = join(options.work, "hearth-track.log");
  const server = new Hearth({
    binary: options.binary, database: join(options.disk, "track.db"), port: await freePort(), log,
    settings: { HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000" },
  });
  server.start();
  try {
    tally.check("track: ready", await server.ready(), "see hearth-track.log");
    const [{ id: project }] = JSON.parse((await get(server.port, "/api/v1/projects")).text).projects;
    const sender = new Sender(server.port, keyIn(log));
    await fill(tally, sender);
    for (const body of [sender.single(), sender.batch()]) await refusal(tally, sender, body);
    rmSync(ballast);
    await heals(tally, sender);
    await everythingOnce(tally, server.port, project, sender);
    sender.close();
    const end = await server.end("SIGTERM");
    tally.check("track: SIGTERM ends it with code 0", end?.code === 0, JSON.stringify(end));
  } finally {
    if (server.running) await server.end("SIGKILL");
  }
}

/** Sends events and keeps account of what was answered. */
class Sender {
  #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #made = 0;
  acked = new Set();
  refused = [];

  constructor(port, key) { Object.assign(this, { port, key }); }

  close() { this.#agent.destroy(); }

  /** One event of a server; `padBytes` more than it needs. */
  single(padBytes = 0) {
    const id = `track-${(this.#made += 1)}`;
    const event = { event: "tested", eventId: id, userId: "u", properties: { pad: "x".repeat(padBytes) }, context: { library: "@datalyr/api" } };
    return { ids: [id], path: "/track", body: JSON.stringify(event) };
  }

  /** A page's batch of two events. */
  batch() {
    const ids = [1, 2].map(() => `track-${(this.#made += 1)}`);
    const events = ids.map((id) => ({ event_id: id, event_name: "tested", event_data: {}, visitor_id: "v", source: "web", timestamp: new Date().toISOString() }));
    return { ids, path: "/", body: JSON.stringify({ events, batchId: "b", timestamp: new Date().toISOString() }) };
  }

  /** Sends one of them, with the key and as a page; resolves to `{status, headers, text}`. */
  async send({ ids, path, body }) {
    const headers = { "content-type": "application/json", "x-api-key": this.key, origin: ORIGIN, "content-length": Buffer.byteLength(body) };
    const answer = await new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: this.port, path, method: "POST", agent: this.#agent, headers, timeout: 20_000 }, async (response) => {
        const parts = [];
        for await (const part of response) parts.push(part);
        resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() });
      });
      sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.once("error", reject);
      sent.end(body);
    });
    if (answer.status === 200) for (const id of ids) this.acked.add(id);
    return answer;
  }
}

/** The key printed on the first start. */
function keyIn(log) {
  return /project key:\s*(\S+)/.exec(readFileSync(log, "utf8"))[1];
}

async function fill(tally, sender) {
  const deadline = performance.now() + FILL_LIMIT_MS;
  const wrong = new Set();
  for (let refusals = 0; refusals < REFUSALS_WHEN_FULL && performance.now() < deadline;) {
    const one = sender.single(BIG_BYTES);
    const answer = await sender.send(one);
    if (answer.status === 200) {
      refusals = 0;
      continue;
    }
    refusals += 1;
    sender.refused.push(one);
    const problem = wrongRefusal(answer);
    if (problem) wrong.add(problem);
  }
  tally.check("track: filled until refused", sender.refused.length >= REFUSALS_WHEN_FULL, sender.refused.length);
  tally.check("track: something was accepted before", sender.acked.size > 0);
  tally.check("track: refusals are 429 with Retry-After", wrong.size === 0, [...wrong].join("; "));
}

/** A small event may still fit; if it does not, its refusal can be read by a page. */
async function refusal(tally, sender, one) {
  const answer = await sender.send(one);
  if (answer.status === 200) return;
  sender.refused.push(one);
  tally.check(`track: ${one.path} is refused for now`, wrongRefusal(answer) === null, wrongRefusal(answer));
}

/** What is wrong with a refusal for want of space, or null. */
function wrongRefusal({ status, headers, text }) {
  if (status !== 429) return `status ${status}`;
  if (!/^([1-9]|[12]\d|30)$/.test(headers["retry-after"])) return `Retry-After ${headers["retry-after"]}`;
  if (headers["access-control-allow-origin"] !== ORIGIN || headers["access-control-allow-credentials"] !== "true") return "no CORS headers";
  try {
    return JSON.parse(text).success === false ? null : "not a refusal";
  } catch {
    return "body is not JSON";
  }
}

async function heals(tally, sender) {
  const freedAt = performance.now();
  let answer;
  do {
    answer = await sender.send(sender.single());
    if (answer.status !== 200) await pause(20);
  } while (answer.status !== 200 && performance.now() - freedAt < HEAL_LIMIT_MS);
  tally.check(`track: accepts again within ${HEAL_LIMIT_MS} ms`, answer.status === 200, answer.status);
  let left = 0;
  for (const one of sender.refused) if ((await sender.send(one)).status !== 200) left += 1;
  tally.check("track: what was refused is accepted later", left === 0, `${left} left`);
}

async function everythingOnce(tally, port, project, sender) {
  const seen = new Map();
  for (let cursor = ""; ;) {
    // Large events: small pages.
    const answer = JSON.parse((await get(port, `/api/v1/projects/${project}/track/events?limit=50${cursor}`)).text);
    for (const { event_id: id } of answer.events) seen.set(id, (seen.get(id) ?? 0) + 1);
    if (answer.next_cursor === null) break;
    cursor = `&cursor=${encodeURIComponent(answer.next_cursor)}`;
  }
  const lost = [...sender.acked].filter((id) => !seen.has(id)).length;
  const doubled = [...seen.values()].filter((count) => count > 1).length;
  tally.check("track: acked = stored, once", lost === 0 && doubled === 0, `${lost} lost, ${doubled} twice of ${sender.acked.size}`);
}
