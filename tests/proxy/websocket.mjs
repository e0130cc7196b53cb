// WebSockets through the proxy: every message once and in order, close codes kept, ends closed one by one (trust.md P6).
//
//   websocket.mjs [--tunnels 50] [--messages 2000] [--seed N]
import http from "node:http";
import WebSocket, { WebSocketServer } from "ws";
import { readOptions } from "../faults/options.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { Random } from "../lib/random.mjs";
import { until } from "../lib/until.mjs";
import { slice } from "./content.mjs";
import { startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";
import { rawTunnels, serveRawTunnel } from "./tunnels.mjs";

/** Messages of one tunnel that are under way at the same time. */
const WINDOW = 32;
const TUNNEL_LIMIT_MS = 120_000;
const MIB = 1 << 20;

const options = readOptions(process.argv.slice(2), { tunnels: 50, messages: 2000, seed: Date.now() % 1_000_000 });

/** What the app saw of each connection, by the path that the client asked for. */
const serverEnds = new Map();

await trial(async () => {
  console.log(`seed ${options.seed}, ${options.tunnels} tunnels, ${options.messages} messages each`);
  const app = http.createServer();
  const echo = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 256 }, maxPayload: 2 * MIB });
  app.on("upgrade", (request, socket, head) => {
    if (request.url.startsWith("/raw/")) serveRawTunnel(request, socket, head);
    else if (request.url === "/refused") refuse(socket);
    else echo.handleUpgrade(request, socket, head, (client) => serveEcho(client, request.url));
  });
  const proxy = await startProxy({ upstream: await listenOnLoopback(app) });
  await manyMessages(proxy);
  await closeCodes(proxy);
  await refusedUpgrade(proxy);
  const raw = await rawTunnels(proxy);
  await openThenRecorded(proxy, raw);
  await proxy.stop();
});

/** The app: sends each message back, closes when told so. */
function serveEcho(client, url) {
  serverEnds.set(url, { pings: [] });
  client.on("message", (data, isBinary) => {
    const command = isBinary ? null : /^close (\d+) (.*)$/.exec(data.toString());
    if (command) client.close(Number(command[1]), command[2]);
    else if (!isBinary && data.toString() === "cut") client.terminate();
    else client.send(data, { binary: isBinary });
  });
  client.on("ping", (data) => serverEnds.get(url).pings.push(data.toString()));
  client.on("close", (code, reason) => Object.assign(serverEnds.get(url), { code, reason: reason.toString() }));
  client.on("error", () => {});
}

async function manyMessages(proxy) {
  const startedAt = performance.now();
  const ends = await Promise.all(Array.from({ length: options.tunnels }, (_, tunnel) => echoAll(proxy.port, tunnel)));
  const total = (name) => ends.reduce((sum, end) => sum + end[name], 0);
  for (const [tunnel, end] of ends.entries()) {
    tally.check(`tunnel ${tunnel}: all messages came back, in order`, end.received === options.messages && end.wrong === 0, JSON.stringify(end));
    tally.check(`tunnel ${tunnel}: permessage-deflate was agreed`, end.extensions.includes("permessage-deflate"), end.extensions);
  }
  tally.figure("websocket tunnels", options.tunnels);
  tally.figure("websocket messages", total("received"));
  tally.figure("websocket messages lost", options.tunnels * options.messages - total("received"));
  tally.figure("websocket messages wrong or out of order", total("wrong"));
  tally.figure("websocket MiB each way", Math.round(total("bytes") / MIB));
  tally.figure("websocket echo s", ((performance.now() - startedAt) / 1000).toFixed(1));
}

/** Sends the messages of one tunnel and compares what comes back; resolves to the counts. */
function echoAll(port, tunnel) {
  const random = new Random(options.seed + tunnel);
  const sizes = Array.from({ length: options.messages }, (_, i) => messageSize(random, i));
  const end = { received: 0, wrong: 0, bytes: 0, extensions: "", code: null };
  const client = new WebSocket(`ws://127.0.0.1:${port}/echo/${tunnel}`, { maxPayload: 2 * MIB });
  return new Promise((resolve) => {
    const late = setTimeout(() => client.terminate(), TUNNEL_LIMIT_MS);
    let sent = 0;
    const fill = () => {
      while (sent < sizes.length && sent - end.received < WINDOW) {
        client.send(message(tunnel, sent, sizes[sent]), { binary: sent % 2 === 0 });
        sent += 1;
      }
    };
    client.on("open", () => {
      end.extensions = client.extensions;
      client.ping(`ping of ${tunnel}`);
      fill();
    });
    client.on("pong", (data) => { end.pong = data.toString(); });
    client.on("message", (data, isBinary) => {
      const expected = message(tunnel, end.received, sizes[end.received]);
      if (!data.equals(expected) || isBinary !== (end.received % 2 === 0)) end.wrong += 1;
      end.received += 1;
      end.bytes += data.length;
      if (end.received === sizes.length) client.close(4000 + tunnel % 1000, "done");
      else fill();
    });
    client.on("error", (error) => { end.error = error.message; });
    client.on("close", (code) => { clearTimeout(late); end.code = code; resolve(end); });
  });
}

/** 0 B to 1 MiB: mostly small, each tunnel has one of the largest and some empty ones. */
function messageSize(random, index) {
  if (index === 100) return MIB;
  const dice = random.next();
  if (dice < 0.05) return 0;
  if (dice < 0.8) return random.integer(1, 300);
  if (dice < 0.995) return random.integer(300, 4000);
  return random.integer(4000, 128 << 10);
}

/** Odd messages are texts, and half of each message can be compressed. */
function message(tunnel, index, size) {
  const bytes = Buffer.alloc(size, `${tunnel}/${index} `);
  if (index % 2 === 0) slice(tunnel * 10_000 + index, Math.floor(size / 2)).copy(bytes);
  return bytes;
}

/** Who closes first, and with what: the other end must hear the same. */
async function closeCodes({ port }) {
  for (const [code, reason] of [[1000, ""], [1001, "away"], [1011, "é"], [3000, "x".repeat(123)], [4999, "last"]]) {
    const byClient = await session(port, `/close/client/${code}`, (client) => client.close(code, reason));
    tally.check(`close ${code} by the client arrives`, byClient.server.code === code && byClient.server.reason === reason, JSON.stringify(byClient));
    const byServer = await session(port, `/close/server/${code}`, (client) => client.send(`close ${code} ${reason}`));
    tally.check(`close ${code} by the app arrives`, byServer.code === code && byServer.reason === reason, JSON.stringify(byServer));
  }
  const none = await session(port, "/close/none", (client) => client.close());
  tally.check("a close without a code arrives without one", none.server.code === 1005, JSON.stringify(none));
  const cutByServer = await session(port, "/cut/server", (client) => client.send("cut"));
  tally.check("a connection that the app cuts is cut for the client", cutByServer.code === 1006, JSON.stringify(cutByServer));
  const cutByClient = await session(port, "/cut/client", (client) => client.terminate());
  tally.check("a connection that the client cuts is cut for the app", cutByClient.server.code === 1006, JSON.stringify(cutByClient));
  const pinged = await session(port, "/ping", (client) => {
    client.on("pong", (data) => client.close(1000, data.toString()));
    client.ping("are you there?");
  });
  tally.check("the app sees the ping, the client its pong", pinged.server.pings.join() === "are you there?" && pinged.server.reason === "are you there?", JSON.stringify(pinged));
}

/** Opens a connection, lets `act` do something, and waits until both ends are closed. */
async function session(port, url, act) {
  const client = new WebSocket(`ws://127.0.0.1:${port}${url}`);
  client.on("open", () => act(client));
  client.on("error", () => {});
  const late = setTimeout(() => client.terminate(), 10_000);
  const [code, reason] = await new Promise((resolve) => client.on("close", (...end) => resolve(end)));
  clearTimeout(late);
  const server = await until("the app's end closed", () => serverEnds.get(url)?.code !== undefined && serverEnds.get(url)).catch(() => ({}));
  return { code, reason: reason.toString(), server };
}

function refuse(socket) {
  socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nX-Why: because\r\n\r\nnot you");
}

/** An app that does not want to: its answer arrives as it is. */
async function refusedUpgrade({ port }) {
  const client = new WebSocket(`ws://127.0.0.1:${port}/refused`);
  const answer = await new Promise((resolve) => {
    client.on("error", (error) => resolve({ error: error.message }));
    client.on("unexpected-response", (_, response) => {
      let text = "";
      response.on("data", (part) => { text += part; });
      response.on("end", () => resolve({ status: response.statusCode, why: response.headers["x-why"], text }));
    });
  });
  tally.check("a refused upgrade is answered by the app", answer.status === 403 && answer.why === "because" && answer.text === "not you", JSON.stringify(answer));
}

/** A tunnel is shown while it is open, and recorded when it ends, with the bytes of each way. */
async function openThenRecorded(proxy, raw) {
  if (!proxy.records) return;
  const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/watched`);
  await new Promise((resolve, reject) => { client.on("open", resolve); client.on("error", reject); });
  const watched = async () => (await proxy.records.open()).find((row) => row.original_url === "/watched");
  const shown = await until("the open tunnel is shown", watched).catch(() => undefined);
  tally.check("an open tunnel is shown", shown?.protocol === "websocket", JSON.stringify(shown));
  const early = (await proxy.records.all()).filter((row) => row.original_url === "/watched");
  tally.check("an open tunnel is not recorded yet", early.length === 0, JSON.stringify(early));
  client.close(1000);
  tally.check("a closed tunnel is shown no more", await until("gone", async () => !(await watched())).catch(() => false));

  const rows = await proxy.records.settled(serverEnds.size + 1 + raw.length);
  const tunnels = rows.filter((row) => row.protocol === "websocket");
  tally.check("each tunnel is recorded once", tunnels.length === serverEnds.size + raw.length, `${tunnels.length} of ${serverEnds.size + raw.length}`);
  tally.check("tunnels have the status 101", tunnels.every((row) => row.status_code === 101));
  const refused = rows.filter((row) => row.original_url === "/refused");
  tally.check("the refused upgrade is recorded as 403", refused.length === 1 && refused[0].status_code === 403 && refused[0].protocol === "http/1.1", JSON.stringify(refused));
  for (const { url, up, down } of raw) {
    const row = tunnels.find((one) => one.original_url === url);
    tally.check(`${url}: bytes each way`, row?.bytes_in === up && row?.bytes_out === down, `${row?.bytes_in} in, ${row?.bytes_out} out; sent ${up} and ${down}`);
  }
}
