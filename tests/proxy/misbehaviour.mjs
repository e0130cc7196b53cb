// An app that misbehaves on demand: the target of a request names what it does.
import net from "node:net";
import { listenOnLoopback } from "../lib/port.mjs";
import { slice } from "./content.mjs";
import { Wire, requestFraming, write } from "./wire.mjs";

const BODY_BYTES = 1000;
const DRIP_EVERY_MS = 15;
/** A head of this size has no end in sight. */
const ENDLESS_HEAD_BYTES = 4 << 20;

const OK = "HTTP/1.1 200 OK\r\n";
const body = slice(9, BODY_BYTES);
const half = body.subarray(0, BODY_BYTES / 2);
const size = BODY_BYTES.toString(16);

/** How far the app goes before it breaks off or falls silent; `head` tells whether its response has begun by then. */
export const STAGES = {
  after_request_head: { head: false, methods: ["GET"], act: async () => {} },
  before_reading_upload: { head: false, methods: ["POST"], act: async () => {} },
  during_upload: { head: false, methods: ["POST"], upload: 8 << 20, act: async ({ wire }) => { await wire.some(1000); wire.socket.pause(); } },
  after_upload: { head: false, methods: ["POST"], act: ({ receive }) => receive() },
  after_100: { head: false, methods: ["POST"], expects: true, act: async ({ socket, receive }) => { await write(socket, "HTTP/1.1 100 Continue\r\n\r\n"); await receive(); } },
  after_103: { head: false, act: answering("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n") },
  in_status_line: { head: false, act: answering("HTTP/1.") },
  after_status_line: { head: false, act: answering(OK) },
  in_field: { head: false, act: answering(`${OK}Content-Le`) },
  before_last_byte_of_head: { head: false, act: answering(`${OK}Content-Length: ${BODY_BYTES}\r\n\r`) },
  after_head: { head: true, act: answering(`${OK}Content-Length: ${BODY_BYTES}\r\n\r\n`) },
  in_body: { head: true, act: answering(`${OK}Content-Length: ${BODY_BYTES}\r\n\r\n`, half) },
  before_last_byte: { head: true, act: answering(`${OK}Content-Length: ${BODY_BYTES}\r\n\r\n`, body.subarray(1)) },
  after_chunked_head: { head: true, act: answering(`${OK}Transfer-Encoding: chunked\r\n\r\n`) },
  in_chunk_size: { head: true, act: answering(`${OK}Transfer-Encoding: chunked\r\n\r\n`, size.slice(0, 2)) },
  in_chunk: { head: true, act: answering(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `${size}\r\n`, half) },
  between_chunks: { head: true, act: answering(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `${size}\r\n`, body, "\r\n") },
  in_last_chunk: { head: true, act: answering(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `${size}\r\n`, body, "\r\n0\r\n") },
  // Closing is how such a body ends; only a reset tells that it did not.
  in_body_until_close: { head: true, ways: ["reset", "stall"], act: answering(`${OK}\r\n`, half) },
};

/** What the app does at a stage. */
export const WAYS = ["reset", "close", "stall"];

/** Responses that are none, each answered 502. */
export const GARBAGE = {
  words: "what do you want?\r\n\r\n",
  ssh: "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
  http2: Buffer.concat([Buffer.from([0, 0, 18, 4, 0, 0, 0, 0, 0]), Buffer.alloc(18)]),
  binary: slice(4, 2000),
  version: "HTTP/9.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  long_status: "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
  low_status: "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
  field_name: `${OK}Bad Name: x\r\nContent-Length: 0\r\n\r\n`,
  no_colon: `${OK}nothing\r\nContent-Length: 0\r\n\r\n`,
  nul_in_value: `${OK}X-Nul: a\0b\r\nContent-Length: 0\r\n\r\n`,
  two_lengths: `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  negative_length: `${OK}Content-Length: -1\r\n\r\n`,
  worded_length: `${OK}Content-Length: five\r\n\r\nabcde`,
  huge_length: `${OK}Content-Length: 99999999999999999999999\r\n\r\n`,
  unasked_101: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw",
};

/** Bodies that break their own framing after a good beginning: cut off for the client. */
export const BROKEN_BODIES = {
  chunk_size_of_letters: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nabc\r\n0\r\n\r\n`,
  no_line_end_after_chunk: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n`,
  chunk_size_too_large: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nfffffffffffffffff\r\nabc`,
};

/** What the app does that is neither breaking off nor garbage. */
const OTHERS = {
  ok: answering(`${OK}Content-Length: 2\r\n\r\nok`),
  drip: drip(`${OK}Content-Length: 5\r\n\r\nslow!`),
  endless_dripping_head: drip(`${OK}X-Endless: ${"a".repeat(2000)}`),
  endless_interim: async ({ socket, receive }) => { await receive(); while (await write(socket, "HTTP/1.1 103 Early Hints\r\n\r\n")) await pause(DRIP_EVERY_MS); },
  endless_head: answering(OK, `X-Endless: ${"a".repeat(ENDLESS_HEAD_BYTES)}`),
  endless_fields: answering(OK, "X-Endless: a\r\n".repeat(ENDLESS_HEAD_BYTES / 14)),
  extra_bytes: answering(`${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned`),
  closes_unannounced: async ({ socket, receive }) => { await receive(); socket.end(`${OK}Content-Length: 2\r\n\r\nok`); },
  resets_when_idle: async (context) => { await OTHERS.ok(context); context.socket.resetAndDestroy(); },
  // The socket is paused first, so that nothing of the upload is read.
  early_then_close: async ({ socket }) => { socket.pause(); await write(socket, `HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig`); await pause(200); socket.destroy(); },
  early_then_silence: async ({ socket }) => { socket.pause(); await write(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"); },
  early_then_reset: async ({ socket }) => { socket.pause(); await write(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"); await pause(20); socket.resetAndDestroy(); },
  early_then_reads: async ({ socket, receive }) => { await write(socket, `${OK}Content-Length: 2\r\n\r\nok`); await receive(); },
  endless_body: async ({ socket }) => { await write(socket, `${OK}Transfer-Encoding: chunked\r\n\r\n`); while (await write(socket, "4\r\nmore\r\n")) await pause(DRIP_EVERY_MS); },
  silence: async () => {},
};

/** After these the app never reads from the connection again. */
const LAST_ON_ITS_CONNECTION = new Set(["early_then_close", "early_then_silence", "early_then_reset", "silence"]);

/** An app on a port of its own. `seen` counts the requests of each target; `uploaded` are those whose body came whole, `closed` those whose connection ended. */
export const startMisbehaving = async () => {
  const app = { seen: new Map(), uploaded: new Set(), closed: new Set() };
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => serve(app, socket).catch(() => socket.destroy()));
  app.port = await listenOnLoopback(server);
  // These do not wait for a request.
  for (const way of WAYS) app[`${way}AtOncePort`] = await listenOnLoopback(net.createServer((socket) => { socket.on("error", () => {}); breakOff(socket, way); }));
  return app;
};

async function serve(app, socket) {
  const wire = new Wire(socket);
  const targets = [];
  for (const event of ["end", "close"]) socket.on(event, () => targets.forEach((target) => app.closed.add(target)));
  for (let head = await wire.head(); head !== null; head = await wire.head()) {
    const target = head.start.split(" ")[1];
    app.seen.set(target, (app.seen.get(target) ?? 0) + 1);
    targets.push(target);
    const receive = async () => {
      await wire.body(requestFraming(head), () => {});
      app.uploaded.add(target);
    };
    const [, kind, name, way] = target.split("/");
    const context = { socket, wire, receive };
    if (kind === "stage") {
      await STAGES[name].act(context);
      return breakOff(socket, way);
    }
    if (kind === "garbage" || kind === "body") {
      await receive();
      await write(socket, kind === "garbage" ? GARBAGE[name] : BROKEN_BODIES[name]);
      return;
    }
    await OTHERS[name](context);
    if (socket.destroyed || LAST_ON_ITS_CONNECTION.has(name)) return;
  }
  socket.end();
}

/** Reads the request's body, then sends these parts. */
function answering(...parts) {
  return async ({ socket, receive }) => {
    await receive();
    for (const part of parts) await write(socket, part);
    // What was sent before a reset must have left this end, or it would be thrown away unsent.
    await pause(20);
  };
}

function drip(text) {
  return async ({ socket, receive }) => {
    await receive();
    for (const byte of text) {
      if (!(await write(socket, byte))) return;
      await pause(DRIP_EVERY_MS);
    }
  };
}

/** A pace, not a wait for something. */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function breakOff(socket, way) {
  if (way === "reset") socket.resetAndDestroy();
  else if (way === "close") socket.destroySoon();
}
