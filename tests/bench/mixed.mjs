import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { batchBody, makePlan } from "../faults/batches.mjs";
import { Connection, postHead } from "../faults/connection.mjs";
import { freePort } from "../lib/port.mjs";
import { startSmallApp } from "../proxy/load.mjs";
import { Histogram } from "./histogram.mjs";
import { json, startHearth } from "./servers.mjs";

/** Of twenty requests, so many are of each kind. */
const MIX = { proxied: 8, ingest: 7, track: 4, read: 1 };

/** How often due requests are sent, in ms. */
const BEAT_MS = 5;

/** Starts Hearth with all its doors open and an app behind its proxy: what `MixedLoad` sends to. */
export async function startAll(options, name, extra = {}) {
  const proxyPort = await freePort();
  const app = await startSmallApp();
  const server = await startHearth(options, name, {
    HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`,
    HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${app}`,
    HEARTH_PROXY__MAX_CONNECTIONS_PER_ADDRESS: "4096",
    HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000",
    ...extra,
  });
  const said = readFileSync(join(options.work, `${basename(server.database)}.log`), "utf8");
  const [{ id: project }] = (await json(server.port, "/api/v1/projects")).projects;
  return { server, proxyPort, project, key: /project key:\s*(\S+)/.exec(said)[1] };
}

/** Visitors' browsers, apps, visitors of the app behind the proxy, and somebody who looks at numbers. */
export class MixedLoad {
  #target;
  #plan = makePlan({ label: "mixed", baseMs: Date.now() - 3_600_000, bigPercent: 10 });
  #kinds = Object.entries(MIX).flatMap(([kind, parts]) => Array(parts).fill(kind));
  #sent = 0;

  /** `kinds` names the only kinds to send; all of `MIX` without. */
  constructor(target, { kinds = null, bigPercent = 10 } = {}) {
    this.#target = target;
    if (kinds !== null) this.#kinds = kinds;
    this.#plan.bigPercent = bigPercent;
  }

  /** As many requests as `connections` can carry for some seconds: `{perS, p99Ms, failed}`; good answers only. */
  async closed({ connections, seconds }) {
    const until = performance.now() + seconds * 1000;
    const seen = new Histogram();
    let failed = 0;
    await Promise.all(Array.from({ length: connections }, async () => {
      const doors = new Doors(this.#target);
      while (performance.now() < until) {
        const startedAt = performance.now();
        const answer = await this.#one(doors);
        if (answer.status === 200) seen.add(performance.now() - startedAt);
        else failed += 1;
      }
      doors.close();
    }));
    return { perS: seen.count / seconds, p99Ms: seen.quantile(0.99), failed };
  }

  /**
   * `perS` requests a second, whether or not earlier ones have been answered, over at most `connections` pairs of connections.
   *
   * `onAnswer({status, head, waitedMs, tookMs})` hears of each: since it was due, and since it was sent. Resolves to how many
   * were sent, and how many were due and found no connection until the end.
   */
  async open({ perS, seconds, connections, onAnswer }) {
    const idle = [];
    const all = [];
    const due = [];
    const running = new Set();
    let sent = 0;
    const start = performance.now();
    let made = 0;
    const send = (doors, dueAt) => {
      const sentAt = performance.now();
      sent += 1;
      const answering = this.#one(doors).then((answer) => {
        running.delete(answering);
        const now = performance.now();
        onAnswer({ status: answer.status, head: answer.head, waitedMs: now - dueAt, tookMs: now - sentAt });
        if (due.length > 0) send(doors, due.shift());
        else idle.push(doors);
      });
      running.add(answering);
    };
    for (let now = start; now - start < seconds * 1000; now = performance.now()) {
      for (const target = ((now - start) / 1000) * perS; made < target; made += 1) {
        const dueAt = start + (made / perS) * 1000;
        if (idle.length === 0 && all.length < connections) {
          const doors = new Doors(this.#target);
          all.push(doors);
          idle.push(doors);
        }
        if (idle.length > 0) send(idle.pop(), dueAt);
        else if (due.length < connections * 4) due.push(dueAt);
      }
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
    const left = due.splice(0).length;
    await Promise.all(running);
    all.forEach((doors) => doors.close());
    return { due: made, sent, left };
  }

  #one(doors) {
    const n = this.#sent++;
    const { key, project } = this.#target;
    switch (this.#kinds[(n * 7) % this.#kinds.length]) {
      case "proxied":
        return doors.proxy.send(`GET /items/${n % 500}?page=${n % 9} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n`);
      case "ingest": {
        const body = batchBody(this.#plan, n);
        return doors.own.send(postHead("/ingest", Buffer.byteLength(body), { "x-project-key": key }), body);
      }
      case "track": {
        const body = appEvent(n);
        return doors.own.send(postHead("/track", Buffer.byteLength(body), { "X-API-Key": key }), body);
      }
      default:
        return doors.own.send(`GET ${question(project, n)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    }
  }
}

/** A connection to Hearth and one to its proxy. */
class Doors {
  constructor({ server, proxyPort }) {
    this.own = new Connection(server.port);
    this.proxy = new Connection(proxyPort);
  }

  close() {
    this.own.close();
    this.proxy.close();
  }
}

function appEvent(n) {
  const run = process.pid.toString(16).padStart(8, "0");
  const eventId = `${run}-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
  return JSON.stringify({
    event: "signup_completed", eventId, userId: `user_${n % 5000}`, anonymousId: `anon_${n % 5000}`, properties: { plan: "pro", seats: 5 },
    context: { library: "@datalyr/api", version: "1.3.1" }, timestamp: new Date().toISOString(),
  });
}

/** What the dashboard asks for most, about the last ten minutes. */
function question(project, n) {
  const from = Date.now() - 600_000;
  const below = ["traffic", "visits/totals", "track/totals", "traffic/routes", "totals"][n % 5];
  return `/api/v1/projects/${project}/${below}?from=${from}`;
}
