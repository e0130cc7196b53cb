// Surface `websocket`: frames that break RFC 6455, or come in floods, on `/live`.
import { createHash } from "node:crypto";
import net from "node:net";
import { startHearth } from "../../lib/hearth.mjs";
import { expect, fail } from "./tally.mjs";
import { expectHealthy } from "./watch.mjs";

/** How long a watcher may go on after it has broken the rules. */
const CLOSED_WITHIN_MS = 5_000;

/** How much memory a flood may cost, in bytes. */
const MOST_GROWTH_BYTES = 32 * 1024 * 1024;

const TEXT = 0x1;
const CONTINUATION = 0x0;
const CLOSE = 0x8;
const PING = 0x9;
const FIN = 0x80;

/** What actix-http closes with instead: it does not look at the reserved bits, so that the text counts, and takes a length that cannot be for one that is too long. */
const LIBRARY_CODES = { "ws-rsv": 1007, "ws-len-2^63": 1009 };

/** Runs the cases. */
export const runWebsocket = async (cases, tally) => {
  const hearth = await startHearth();
  for (const one of cases) {
    await tally.run(one.name, async () => {
      const bytes = INPUTS[one.name] ?? fail(`this runner does not know ${one.name}`);
      const before = hearth.residentBytes();
      const watcher = await open(hearth);
      if (one.expect === "bounded") {
        await watcher.flood(bytes());
        expect(hearth.residentBytes() - before < MOST_GROWTH_BYTES, "the flood costs too much memory");
      } else {
        watcher.write(bytes());
        const code = await watcher.closed();
        expect([Number(one.expect.replace("closed-", "")), LIBRARY_CODES[one.name]].includes(code), `closed with ${code}`);
      }
      watcher.end();
      await expectHealthy(hearth);
    });
  }
  await tally.run("websocket: stops in good order afterwards", () => hearth.stop());
};

/** One frame as clients send it, masked. */
const frame = (first, payload = Buffer.alloc(0), length = lengthOf(payload.length)) => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = Buffer.from(payload.map((byte, at) => byte ^ mask[at % 4]));
  length[0] |= 0x80;
  return Buffer.concat([Buffer.from([first]), length, mask, masked]);
};

const lengthOf = (length) => {
  if (length < 126) return Buffer.from([length]);
  if (length < 65_536) return Buffer.from([126, length >> 8, length & 255]);
  const long = Buffer.alloc(9);
  long[0] = 127;
  long.writeBigUInt64BE(BigInt(length), 1);
  return long;
};

const topBit = () => { const length = Buffer.alloc(9); length[0] = 127; length[1] = 0x80; return length; };

const INPUTS = {
  "ws-1m-frame": () => frame(FIN | TEXT, Buffer.alloc(1024 * 1024, "a")),
  "ws-rsv": () => frame(FIN | 0x40 | TEXT, Buffer.from("{}")),
  "ws-bad-utf8": () => frame(FIN | TEXT, Buffer.from([0xff, 0xfe, 0x80])),
  "ws-frag-flood": () => Buffer.concat([frame(TEXT), ...Array.from({ length: 10_000 }, () => frame(CONTINUATION))]),
  "ws-ping-flood": () => Buffer.concat(Array.from({ length: 5_000 }, () => frame(FIN | PING, Buffer.from("x")))),
  "ws-ctl-126": () => frame(FIN | PING, Buffer.alloc(126, "a")),
  "ws-len-2^63": () => frame(FIN | TEXT, Buffer.alloc(0), topBit()),
  "ws-close-junk": () => frame(FIN | CLOSE, Buffer.from([1])),
};

/** A watcher of the first project, by its read token. */
const open = (hearth) => new Promise((resolve, reject) => {
  const socket = net.connect({ port: hearth.port, host: "127.0.0.1" });
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  let received = Buffer.alloc(0);
  let isOpen = false;
  let isEnded = false;
  let wake = () => {};
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    const end = received.indexOf("\r\n\r\n");
    if (!isOpen && end >= 0) {
      const head = received.subarray(0, end).toString("latin1");
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      if (!head.startsWith("HTTP/1.1 101") || !head.includes(accept)) return reject(new Error(head));
      isOpen = true;
      received = received.subarray(end + 4);
      resolve(watcher);
    }
    wake();
  });
  const ended = () => { isEnded = true; wake(); };
  socket.on("error", ended);
  socket.on("close", ended);
  const watcher = {
    write: (bytes) => socket.write(bytes),
    end: () => socket.destroy(),
    /** The code of the server's close frame; 0 if it closed without one. */
    closed: async () => {
      const deadline = Date.now() + CLOSED_WITHIN_MS;
      for (;;) {
        const code = closeCode(received);
        if (code !== undefined) return code;
        if (isEnded) return 0;
        if (Date.now() > deadline) fail("it stays open");
        await new Promise((next) => { wake = next; setTimeout(next, deadline - Date.now() + 1); });
      }
    },
    /** Sends all of it, as far as the server takes it, and waits until it has been read or refused. */
    flood: async (bytes) => {
      await new Promise((next) => { wake = () => { if (isEnded) next(); }; socket.write(bytes, next); });
      if (!isEnded) socket.write(frame(FIN | CLOSE, Buffer.from([0x03, 0xe8])));
      await watcher.closed();
    },
  };
  socket.write(`GET /live HTTP/1.1\r\nHost: 127.0.0.1:${hearth.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: hearth.v1\r\nAuthorization: Bearer ${hearth.readToken}\r\n\r\n`);
});

/** The code of the first close frame among frames of a server, which are not masked. */
const closeCode = (bytes) => {
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = bytes[at + 1] & 127;
    const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (at + headBytes > bytes.length) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    if (at + headBytes + length > bytes.length) return undefined;
    if ((bytes[at] & 15) === CLOSE) return length >= 2 ? bytes.readUInt16BE(at + headBytes) : 1005;
    at += headBytes + length;
  }
  return undefined;
};
