// Tunnels as plain bytes: what a proxy can get wrong below the messages of a WebSocket.
import crypto from "node:crypto";
import { until } from "../lib/until.mjs";
import { slice } from "./content.mjs";
import { isDirect, isStandIn } from "./setting.mjs";
import { tally } from "./trial.mjs";
import { Digest, Wire, connect, finalResponse, valuesOf, write } from "./wire.mjs";

const TUNNEL_LIMIT_MS = 10_000;
const LARGE_BYTES = 3 << 20;
const GREETING = Buffer.from("bytes in the same segment as the 101");
const EARLY = Buffer.from("bytes in the same segment as the request");
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** Answers an upgrade by hand; the path says what happens in the tunnel. */
export const serveRawTunnel = async (request, socket, early) => {
  socket.unshift(early);
  const wire = new Wire(socket);
  const accept = crypto.createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const head = Buffer.from(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  if (request.url === "/raw/app-ends-first") {
    await write(socket, Buffer.concat([head, GREETING]));
    // The app has said everything, but still listens; only then does the client begin.
    socket.end();
    reports.set(request.url, await drain(wire));
    return;
  }
  await write(socket, Buffer.concat([head, GREETING]));
  reports.set(request.url, await drain(wire));
  // The client has ended its side; it must still get this.
  if (!socket.destroyed) socket.end(slice(3, LARGE_BYTES));
};

/** What the app received in each tunnel, by path. */
const reports = new Map();

/** Runs the tunnels; resolves to `{url, up, down}` of each: the bytes that were sent each way. */
export const rawTunnels = async ({ port }) => {
  // nginx closes a tunnel as soon as one end does.
  if (isStandIn && !isDirect) return [];
  return [await clientEndsFirst(port), await appEndsFirst(port)];
};

/** The client ends its side after its last byte; what the app says after that still arrives. */
const clientEndsFirst = async (port) => {
  const url = "/raw/client-ends-first";
  const { answer, wire, socket } = await open(port, url);
  const up = slice(1, LARGE_BYTES);
  await write(socket, up);
  socket.end();
  const got = await drain(wire);
  check(url, answer, got, [GREETING, slice(3, LARGE_BYTES)], [EARLY, up]);
  socket.destroy();
  return { url, up: EARLY.length + up.length, down: GREETING.length + LARGE_BYTES };
};

/** The app ends its side at once; what the client says after it has noticed still arrives. */
const appEndsFirst = async (port) => {
  const url = "/raw/app-ends-first";
  const { answer, wire, socket } = await open(port, url);
  const got = await drain(wire);
  const up = slice(2, LARGE_BYTES);
  await write(socket, up);
  socket.end();
  await until("the app has read everything", () => reports.has(url)).catch(() => {});
  check(url, answer, got, [GREETING], [EARLY, up]);
  socket.destroy();
  return { url, up: EARLY.length + up.length, down: GREETING.length };
};

const open = async (port, url) => {
  const socket = await connect(port);
  socket.allowHalfOpen = true;
  const late = setTimeout(() => socket.destroy(), TUNNEL_LIMIT_MS);
  socket.on("close", () => clearTimeout(late));
  const wire = new Wire(socket);
  const head = `GET ${url} HTTP/1.1\r\nHost: raw.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  await write(socket, Buffer.concat([Buffer.from(head), EARLY]));
  return { answer: await finalResponse(wire), wire, socket };
};

const check = (url, answer, got, down, up) => {
  tally.check(`${url}: 101 with the key's answer`, answer?.status === 101 && valuesOf(answer.fields, "sec-websocket-accept").join() === "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", JSON.stringify(answer));
  tally.check(`${url}: the client got every byte`, got === digestOf(down), `${got}, sent ${digestOf(down)}`);
  tally.check(`${url}: the app got every byte`, reports.get(url) === digestOf(up), `${reports.get(url)}, sent ${digestOf(up)}`);
};

const digestOf = (parts) => {
  const digest = new Digest();
  for (const part of parts) digest.add(part);
  return digest.text();
};

/** Reads to the end of the other side. */
const drain = async (wire) => {
  const digest = new Digest();
  try {
    await wire.body("close", (part) => digest.add(part));
  } catch (error) {
    return `${digest.bytes} bytes, then ${error.message}`;
  }
  return digest.text();
};
