// Large bodies stream: the proxy's memory does not grow with them, and a slow reader slows the sender (trust.md P5).
//
//   large.mjs [--mib 1024]
import net from "node:net";
import zlib from "node:zlib";
import { readOptions } from "../faults/options.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { slice } from "./content.mjs";
import { Memory } from "./memory.mjs";
import { isDirect, startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";
import { Wire, chunk, connect, finalResponse, headText, requestFraming, responseFraming, valuesOf, write } from "./wire.mjs";

const MIB = 1 << 20;
/** Growth of the resident memory that is allowed, at its peak. */
const GROWTH_LIMIT_BYTES = 16 * MIB;
const WARM_UP_MIB = 1;
const PIECE_BYTES = 256 << 10;
/** What may be on its way to a client that does not read: the sockets' buffers of both connections, and the proxy's. */
const HELD_LIMIT_BYTES = 32 * MIB;

const options = readOptions(process.argv.slice(2), { mib: 1024 });

/** Bytes that the app has handed to its socket in the current download. */
let appSent = 0;

await trial(async () => {
  const app = net.createServer({ noDelay: true }, (socket) => serve(socket).catch(() => socket.destroy()));
  const proxy = await startProxy({ upstream: await listenOnLoopback(app) });
  for (const kind of ["length", "chunked"]) {
    await upload(proxy.port, kind, WARM_UP_MIB);
    await download(proxy.port, kind, WARM_UP_MIB);
  }
  const memory = isDirect ? undefined : new Memory(proxy.hearth.pid);
  await measured(memory, `${options.mib} MiB up`, () => upload(proxy.port, "length", options.mib));
  await measured(memory, `${options.mib} MiB down`, () => download(proxy.port, "length", options.mib));
  await measured(memory, `${options.mib / 4} MiB up and down at once, chunked`, () =>
    Promise.all([upload(proxy.port, "chunked", options.mib / 4), download(proxy.port, "chunked", options.mib / 4)]));
  await measured(memory, "a client that does not read", () => lazyClient(proxy.port));
  await proxy.stop();
});

/** Runs `act` and checks how far the proxy's memory grew meanwhile, at the worst moment. */
async function measured(memory, name, act) {
  memory?.begin();
  const startedAt = performance.now();
  await act();
  tally.figure(`large ${name} s`, ((performance.now() - startedAt) / 1000).toFixed(1));
  if (memory === undefined) return;
  const grown = memory.growth();
  tally.check(`${name}: memory grew by at most ${GROWTH_LIMIT_BYTES / MIB} MiB`, grown <= GROWTH_LIMIT_BYTES, `${(grown / MIB).toFixed(1)} MiB`);
  tally.figure(`large ${name} growth MiB`, (grown / MIB).toFixed(1));
  tally.figure(`large ${name} peak MiB`, (memory.peak() / MIB).toFixed(1));
}

/** The piece number `n` of every large body. */
function piece(n) {
  return slice(n % 1000, PIECE_BYTES);
}

/** CRC-32 of a body of so many MiB. */
function expectedSum(mib) {
  let sum = 0;
  for (let n = 0; n < (mib * MIB) / PIECE_BYTES; n += 1) sum = zlib.crc32(piece(n), sum);
  return sum;
}

/** Sends a body and reports what was taken of it. */
async function sendBody(socket, kind, mib, onSent = () => {}) {
  for (let n = 0; n < (mib * MIB) / PIECE_BYTES; n += 1) {
    if (!(await write(socket, kind === "chunked" ? chunk(piece(n)) : piece(n)))) return;
    onSent(PIECE_BYTES);
  }
  if (kind === "chunked") await write(socket, "0\r\n\r\n");
}

/** Reads a body to its end: `{bytes, sum}`. */
async function readBody(wire, framing) {
  const got = { bytes: 0, sum: 0 };
  await wire.body(framing, (part) => {
    got.bytes += part.length;
    got.sum = zlib.crc32(part, got.sum);
  });
  return got;
}

function framingField(kind, mib) {
  return kind === "chunked" ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(mib * MIB)];
}

async function upload(port, kind, mib) {
  const socket = await connect(port);
  const wire = new Wire(socket);
  await write(socket, headText("POST /up HTTP/1.1", [["Host", "large.example"], framingField(kind, mib)]));
  await sendBody(socket, kind, mib);
  const answer = await finalResponse(wire);
  const parts = [];
  await wire.body(responseFraming(answer, "POST"), (part) => parts.push(part));
  const got = Buffer.concat(parts).toString();
  tally.check(`${mib} MiB up, ${kind}: the app got every byte`, got === JSON.stringify({ bytes: mib * MIB, sum: expectedSum(mib) }), got);
  socket.destroy();
}

async function download(port, kind, mib) {
  const { socket, wire, answer } = await ask(port, kind, mib);
  const got = await readBody(wire, responseFraming(answer, "GET"));
  tally.check(`${mib} MiB down, ${kind}: the client got every byte`, got.bytes === mib * MIB && got.sum === expectedSum(mib), JSON.stringify(got));
  socket.destroy();
}

async function ask(port, kind, mib) {
  const socket = await connect(port);
  const wire = new Wire(socket);
  await write(socket, headText("GET /down HTTP/1.1", [["Host", "large.example"], ["X-Mib", String(mib)], ["X-Kind", kind]]));
  return { socket, wire, answer: await finalResponse(wire) };
}

/** A client that takes the head and then nothing: the app must be stopped soon, and the rest arrive once it reads. */
async function lazyClient(port) {
  const mib = options.mib / 4;
  appSent = 0;
  const { socket, wire, answer } = await ask(port, "length", mib);
  socket.pause();
  let last = -1;
  while (appSent !== last) {
    last = appSent;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  tally.check("a client that does not read stops the app", last <= HELD_LIMIT_BYTES, `${(last / MIB).toFixed(1)} of ${mib} MiB sent`);
  tally.figure("large held for a client that does not read MiB", (last / MIB).toFixed(1));
  const got = await readBody(wire, responseFraming(answer, "GET"));
  tally.check("it gets every byte once it reads", got.bytes === mib * MIB && got.sum === expectedSum(mib), JSON.stringify(got));
  socket.destroy();
}

async function serve(socket) {
  const wire = new Wire(socket);
  for (let head = await wire.head(); head !== null; head = await wire.head()) {
    if (head.start.startsWith("POST ")) {
      const text = JSON.stringify(await readBody(wire, requestFraming(head)));
      await write(socket, headText("HTTP/1.1 200 OK", [["Content-Length", String(text.length)]]) + text);
    } else {
      const mib = Number(valuesOf(head.fields, "x-mib")[0]);
      const [kind] = valuesOf(head.fields, "x-kind");
      await write(socket, headText("HTTP/1.1 200 OK", [framingField(kind, mib)]));
      await sendBody(socket, kind, mib, (bytes) => { appSent += bytes; });
    }
  }
}
