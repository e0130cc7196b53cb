// Server-sent events through the proxy: each arrives when it is sent, not when a buffer is full (trust.md P5).
//
//   sse.mjs [--events 200]
import http from "node:http";
import { readOptions } from "../faults/options.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { until } from "../lib/until.mjs";
import { startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";

/** From the app's write to the client's read, for 99 of 100 events (trust.md P5). */
const DELAY_LIMIT_MS = 20;
const EVENT_EVERY_MS = 10;
/** Rounds of which the best counts: a held-back event is late in each, a busy machine is not busy in all. */
const ROUNDS = 3;
const GONE_WITHIN_MS = 2000;

const options = readOptions(process.argv.slice(2), { events: 200 });

/** Streams that the app has open, by path. */
const streams = new Map();

await trial(async () => {
  const app = http.createServer(serve);
  const upstream = await listenOnLoopback(app);
  const proxy = await startProxy({ upstream });
  const direct = await round(upstream, "/events/direct");
  const rounds = [];
  for (let i = 0; i < ROUNDS && (rounds.length === 0 || quantile(rounds.at(-1).delays, 0.99) > DELAY_LIMIT_MS); i += 1) rounds.push(await round(proxy.port, `/events/${i}`));
  for (const [i, { received, ended, type }] of rounds.entries()) {
    tally.check(`round ${i}: every event arrived once and in order`, received.join() === Array.from({ length: options.events }, (_, n) => n).join(), `${received.length} events`);
    tally.check(`round ${i}: the stream ended when the app ended it`, ended, ended);
    tally.check(`round ${i}: Content-Type`, type === "text/event-stream", type);
  }
  const best = rounds.reduce((a, b) => (quantile(b.delays, 0.99) < quantile(a.delays, 0.99) ? b : a));
  tally.check(`99 % of the events within ${DELAY_LIMIT_MS} ms`, quantile(best.delays, 0.99) <= DELAY_LIMIT_MS, rounds.map(({ delays }) => quantile(delays, 0.99).toFixed(1)).join());
  for (const [name, { delays }] of Object.entries({ proxied: best, direct })) {
    for (const q of [0.5, 0.99, 1]) tally.figure(`sse ${name} delay p${q * 100} ms`, quantile(delays, q).toFixed(2));
  }
  await lonelyEvent(proxy);
  await clientLeaves(proxy);
  await recorded(proxy, rounds.length);
  await proxy.stop();
});

/** The app. `/events/*`: some events a little apart, then the end. `/lonely`: one event and then silence. */
function serve(request, response) {
  streams.set(request.url, response);
  response.on("close", () => streams.delete(request.url));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  if (request.url === "/lonely") {
    response.write(event(0));
    return;
  }
  let n = 0;
  const timer = setInterval(() => {
    if (n === options.events) {
      clearInterval(timer);
      response.end();
    } else {
      response.write(event(n));
      n += 1;
    }
  }, EVENT_EVERY_MS);
  response.on("close", () => clearInterval(timer));
}

/** An event with the time of its sending; client and app share the clock of this process. */
function event(n) {
  return `id: ${n}\ndata: ${JSON.stringify({ n, sentAt: performance.now(), padding: "x".repeat((n * 97) % 1500) })}\n\n`;
}

/** Reads one stream to its end: `{received, delays, ended, type}`. */
async function round(port, url) {
  const result = { received: [], delays: [], ended: false };
  await read(port, url, (one) => {
    result.received.push(one.n);
    result.delays.push(performance.now() - one.sentAt);
  }, result);
  return result;
}

/** Opens a stream; `onEvent` hears of each event. Resolves at the end of the stream; `result.request` ends it before. */
function read(port, url, onEvent, result) {
  return new Promise((resolve) => {
    result.request = http.get({ port, host: "127.0.0.1", path: url, agent: false, headers: { accept: "text/event-stream" } }, (response) => {
      result.type = response.headers["content-type"];
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          onEvent(JSON.parse(/^data: (.*)$/m.exec(text.slice(0, end))[1]));
          text = text.slice(end + 2);
        }
      });
      response.on("end", () => { result.ended = true; });
      response.on("error", () => {});
      response.on("close", resolve);
    });
    result.request.on("error", resolve);
  });
}

function quantile(values, q) {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Infinity;
}

/** One event and then nothing more: it must not wait for a second one. */
async function lonelyEvent(proxy) {
  const result = {};
  let arrived;
  const first = new Promise((resolve) => { arrived = resolve; });
  const reading = read(proxy.port, "/lonely", (one) => arrived(performance.now() - one.sentAt), result);
  const late = setTimeout(() => arrived(Infinity), 5000);
  const delay = await first;
  clearTimeout(late);
  tally.check("a single event arrives although nothing follows", delay < 1000, `${delay} ms`);
  if (proxy.records) {
    const shown = await until("shown", async () => (await proxy.records.open()).find((row) => row.original_url === "/lonely")).catch(() => undefined);
    tally.check("an open stream is shown", shown?.protocol === "event-stream", JSON.stringify(shown));
  }
  result.request.destroy();
  await reading;
}

/** A client that leaves is noticed: the app's stream ends too, or it would go on for ever. */
async function clientLeaves(proxy) {
  const gone = await until("gone", () => !streams.has("/lonely"), { withinMs: GONE_WITHIN_MS }).catch(() => false);
  tally.check(`the app's stream is closed within ${GONE_WITHIN_MS} ms after the client left`, gone);
  if (proxy.records) tally.check("a closed stream is shown no more", await until("none", async () => (await proxy.records.open()).length === 0).catch(() => false));
}

async function recorded(proxy, rounds) {
  if (!proxy.records) return;
  const rows = await proxy.records.settled(rounds + 1);
  const whole = rows.filter((row) => row.original_url.startsWith("/events/"));
  tally.check("each stream is recorded once", rows.length === rounds + 1 && whole.length === rounds, JSON.stringify(rows.map((row) => row.original_url)));
  tally.check("as an event stream of status 200", rows.every((row) => row.protocol === "event-stream" && row.status_code === 200), JSON.stringify(rows));
  tally.check("the one whose client left says so", rows.find((row) => row.original_url === "/lonely")?.failure === "client_gone", JSON.stringify(rows));
  tally.check("the others have no failure", whole.every((row) => row.failure === null), JSON.stringify(whole));
}
