// A stop in the middle of work: what is under way ends well, nothing new begins, everything is recorded.
//
//   graceful.mjs [--connections 24]
import net from "node:net";
import { readOptions } from "../faults/options.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { until } from "../lib/until.mjs";
import { slice } from "./content.mjs";
import { isStandIn, startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";
import { Digest, Wire, connect, finalResponse, headText, requestFraming, responseFraming, write } from "./wire.mjs";

/** Longest time that Hearth takes to stop in this test; requests under way need less. */
const SHUTDOWN_LIMIT_MS = 8000;
/** How long requests are still under way when the stop is asked for. */
const UNDER_WAY_MS = 1500;
const PIECES = 30;
const PIECE_BYTES = 64 << 10;

const options = readOptions(process.argv.slice(2), { connections: 24 });

/** Requests that the app has seen, by target. */
const seen = new Set();
const whole = digestOfPieces();

await trial(async () => {
  const app = await listenOnLoopback(net.createServer({ noDelay: true }, (socket) => serve(socket).catch(() => socket.destroy())));
  const settings = { SERVER__SHUTDOWN_TIMEOUT: `${SHUTDOWN_LIMIT_MS}ms` };
  const proxy = await startProxy({ upstream: app, settings });
  const long = Array.from({ length: options.connections }, (_, i) => (i % 3 === 0 ? upload(proxy.port, i) : download(proxy.port, i, i % 3 === 1 ? "late" : "slow")));
  const tunnel = isStandIn ? undefined : await openTunnel(proxy.port);
  const busy = { stop: false, answered: 0, lost: [] };
  const quick = Array.from({ length: options.connections }, (_, i) => keepAsking(proxy.port, i, busy));
  const idle = await connect(proxy.port);
  await until("the long requests are under way", () => [...seen].filter((target) => target.startsWith("/long/")).length === options.connections);
  await until("quick requests are answered", () => busy.answered > options.connections * 5);

  const stoppedAt = performance.now();
  const stopping = proxy.stop();
  const refused = await until("new connections are refused", async () => (await connectionEnds(proxy.port)) === "ECONNREFUSED", { withinMs: SHUTDOWN_LIMIT_MS, everyMs: 20 }).catch(() => false);
  const refusedMs = performance.now() - stoppedAt;
  const results = await Promise.all(long);
  const longMs = performance.now() - stoppedAt;
  busy.stop = true;
  await Promise.all(quick);
  const problem = await stopping.then(() => null, (error) => error.message);
  const stopMs = performance.now() - stoppedAt;

  tally.check("new connections are refused", refused);
  tally.check("they are refused while requests are still under way", refusedMs < longMs, `${Math.round(refusedMs)} of ${Math.round(longMs)} ms`);
  for (const { name, problem } of results) tally.check(`${name}: ended well`, problem === undefined, problem);
  tally.check("requests were still under way when the stop was asked for", longMs > UNDER_WAY_MS / 3, `${Math.round(longMs)} ms`);
  const broken = busy.lost.filter((target) => seen.has(target));
  tally.check("every quick request that reached the app was answered", broken.length === 0, broken.slice(0, 5).join());
  tally.check("exit code 0", problem === null, problem);
  tally.check(`stopped within ${SHUTDOWN_LIMIT_MS} ms and a second`, stopMs <= SHUTDOWN_LIMIT_MS + 1000, `${Math.round(stopMs)} ms`);
  tally.check("an idle connection is closed", idle.destroyed || (await until("closed", () => idle.destroyed || idle.readableEnded).catch(() => false)));
  tally.figure("graceful requests under way", results.length);
  tally.figure("graceful quick requests answered", busy.answered);
  tally.figure("graceful quick requests refused unseen", busy.lost.length - broken.length);
  tally.figure("graceful refused after ms", Math.round(refusedMs));
  tally.figure("graceful stopped after ms", Math.round(stopMs));
  if (proxy.records) await recorded(proxy, app, settings, busy, results.length, tunnel);
});

/** The app. `/long/late`: answers late. `/long/slow`: takes its time with the body. `/long/up`: reads an upload. `/tunnel`: a websocket. */
async function serve(socket) {
  const wire = new Wire(socket);
  for (let head = await wire.head(); head !== null; head = await wire.head()) {
    const target = head.start.split(" ")[1];
    seen.add(target);
    if (target === "/tunnel") {
      await write(socket, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
      await wire.body("close", () => {});
      socket.end();
      return;
    }
    if (target.startsWith("/long/up/")) {
      const digest = new Digest();
      await wire.body(requestFraming(head), (part) => digest.add(part));
      await answer(socket, Buffer.from(digest.text()));
    } else if (target.startsWith("/long/late/")) {
      await pause(UNDER_WAY_MS);
      await answer(socket, Buffer.concat(Array.from({ length: PIECES }, (_, n) => slice(n, PIECE_BYTES))));
    } else if (target.startsWith("/long/slow/")) {
      await write(socket, headText("HTTP/1.1 200 OK", [["Content-Length", String(PIECES * PIECE_BYTES)]]));
      await inPieces(socket);
    } else {
      await answer(socket, Buffer.from("ok"));
    }
  }
}

async function answer(socket, body) {
  await write(socket, Buffer.concat([Buffer.from(headText("HTTP/1.1 200 OK", [["Content-Length", String(body.length)]])), body]));
}

/** Sends the pieces over as long as requests shall be under way. */
async function inPieces(socket) {
  for (let n = 0; n < PIECES; n += 1) {
    if (!(await write(socket, slice(n, PIECE_BYTES)))) return;
    await pause(UNDER_WAY_MS / PIECES);
  }
}

function digestOfPieces() {
  const digest = new Digest();
  for (let n = 0; n < PIECES; n += 1) digest.add(slice(n, PIECE_BYTES));
  return digest.text();
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function upload(port, i) {
  const target = `/long/up/${i}`;
  return exchange(port, `POST ${target}`, [["Content-Length", String(PIECES * PIECE_BYTES)]], inPieces, (got) => got.toString() === whole);
}

async function download(port, i, kind) {
  return exchange(port, `GET /long/${kind}/${i}`, [], async () => {}, (got) => {
    const digest = new Digest();
    digest.add(got);
    return digest.text() === whole;
  });
}

/** One long request: `{name, problem}`, the problem undefined when all went well. */
async function exchange(port, name, fields, send, isRight) {
  const socket = await connect(port);
  const wire = new Wire(socket);
  const late = setTimeout(() => socket.destroy(), SHUTDOWN_LIMIT_MS);
  try {
    await write(socket, headText(`${name} HTTP/1.1`, [["Host", "graceful.example"], ...fields]));
    await send(socket);
    const head = await finalResponse(wire);
    if (head === null) return { name, problem: "closed without an answer" };
    const parts = [];
    await wire.body(responseFraming(head, name.split(" ")[0]), (part) => parts.push(part));
    return { name, problem: head.status !== 200 ? `status ${head.status}` : isRight(Buffer.concat(parts)) ? undefined : "other bytes" };
  } catch (error) {
    return { name, problem: error.message };
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** Asks again and again on one connection, and on a new one when it was closed, until connections are refused. */
async function keepAsking(port, worker, busy) {
  for (let n = 0; !busy.stop;) {
    const socket = await connect(port).catch(() => undefined);
    if (socket === undefined) return;
    const wire = new Wire(socket);
    while (!busy.stop) {
      const target = `/quick/${worker}/${n++}`;
      try {
        await write(socket, headText(`GET ${target} HTTP/1.1`, [["Host", "graceful.example"]]));
        const head = await finalResponse(wire);
        if (head === null) throw new Error("closed");
        await wire.body(responseFraming(head, "GET"), () => {});
        busy.answered += 1;
        if (head.fields.some(([name, value]) => name.toLowerCase() === "connection" && value.includes("close"))) break;
      } catch {
        busy.lost.push(target);
        break;
      }
    }
    socket.destroy();
  }
}

/** How an attempt to connect ends: the error's code, or "connected". */
function connectionEnds(port) {
  return connect(port).then((socket) => { socket.destroy(); return "connected"; }, (error) => error.code);
}

async function openTunnel(port) {
  const socket = await connect(port);
  const wire = new Wire(socket);
  await write(socket, headText("GET /tunnel HTTP/1.1", [["Host", "graceful.example"], ["Upgrade", "websocket"], ["Connection", "Upgrade"], ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="], ["Sec-WebSocket-Version", "13"]]));
  const head = await finalResponse(wire);
  tally.check("a tunnel is open before the stop", head?.status === 101, head?.start);
  return socket;
}

/** A new process on the same file shows everything that was answered, and the tunnel that the stop ended. */
async function recorded(before, app, settings, busy, longCount, tunnel) {
  tally.check("the tunnel is closed", tunnel.destroyed || (await until("closed", () => tunnel.destroyed || tunnel.readableEnded).catch(() => false)));
  const proxy = await startProxy({ upstream: app, settings, reuse: { folder: before.hearth.folder, token: before.records.token } });
  const rows = await proxy.records.all();
  const count = (prefix) => rows.filter((row) => row.original_url.startsWith(prefix) && row.status_code === 200 && !row.failure).length;
  tally.check("every long request is recorded", count("/long/") === longCount, `${count("/long/")} of ${longCount}`);
  tally.check("every quick request is recorded", count("/quick/") === busy.answered, `${count("/quick/")} of ${busy.answered}`);
  const tunnels = rows.filter((row) => row.protocol === "websocket");
  tally.check("the tunnel is recorded as stopped", tunnels.length === 1 && tunnels[0].failure === "stopped", JSON.stringify(tunnels));
  tally.figure("graceful records", rows.length);
  await proxy.stop();
}
