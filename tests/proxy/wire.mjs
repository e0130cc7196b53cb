// HTTP/1.1 messages as bytes, both ends: what is sent is exactly what is asked for, and what comes is read strictly.
//
// Node's own client and server normalise, join and hide what these tests compare (order of repeated fields, octets
// above 0x7f, framing, interim responses, how a connection ended).
import crypto from "node:crypto";
import net from "node:net";

const HEAD_LIMIT_BYTES = 512 * 1024;
/** Above this many unread bytes the socket is paused, so that a slow reader is felt by the sender. */
const BUFFER_LIMIT_BYTES = 256 * 1024;

/** The peer ended, reset or garbled the connection in the middle of a message. */
export class Broken extends Error {}

/** Reads messages from a socket, on demand. */
export class Wire {
  #parts = [];
  #length = 0;
  #ended = false;
  #error;
  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    const wake = () => this.#wake();
    socket.on("data", (part) => {
      this.#parts.push(part);
      this.#length += part.length;
      if (this.#length > BUFFER_LIMIT_BYTES) socket.pause();
      wake();
    });
    socket.on("end", () => { this.#ended = true; wake(); });
    socket.on("error", (error) => { this.#error = error; wake(); });
    socket.on("close", () => { this.#ended = true; wake(); });
  }

  /** How the connection ended so far: undefined, "end" or the code of the error. */
  get ending() { return this.#error?.code ?? (this.#ended ? "end" : undefined); }

  /** The next bytes, at most `most`; null at the end of the connection. */
  async some(most = Infinity) {
    while (this.#length === 0) {
      if (this.#error) throw new Broken(this.#error.code);
      if (this.#ended) return null;
      await this.#more();
    }
    const [first] = this.#parts;
    const part = first.length <= most ? first : first.subarray(0, most);
    if (part === first) this.#parts.shift();
    else this.#parts[0] = first.subarray(most);
    this.#length -= part.length;
    return part;
  }

  /** The head of a message as `{start, fields: [[name, value], ...]}`, texts in latin-1; null when none began before the end. */
  async head() {
    for (;;) {
      const bytes = Buffer.concat(this.#parts);
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#parts = bytes.length > end + 4 ? [bytes.subarray(end + 4)] : [];
        this.#length = bytes.length - end - 4;
        return parseHead(bytes.toString("latin1", 0, end));
      }
      if (bytes.length > HEAD_LIMIT_BYTES) throw new Broken("head without an end");
      if (this.#error) throw new Broken(this.#error.code);
      if (this.#ended) {
        if (bytes.length === 0) return null;
        throw new Broken(`ended inside a head: ${JSON.stringify(bytes.toString("latin1", 0, 200))}`);
      }
      this.#parts = bytes.length > 0 ? [bytes] : [];
      await this.#more();
    }
  }

  /** Reads a body with this framing and hands its parts on; resolves to its trailers. */
  async body(framing, onPart) {
    if (framing === "chunked") return this.#chunked(onPart);
    if (framing === "close") {
      for (let part = await this.some(); part !== null; part = await this.some()) await onPart(part);
      return [];
    }
    await this.#exactly(framing, onPart);
    return [];
  }

  async #chunked(onPart) {
    for (;;) {
      const line = await this.#line();
      const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(line);
      if (size === null) throw new Broken(`chunk size ${JSON.stringify(line)}`);
      const bytes = Number.parseInt(size[1], 16);
      if (bytes === 0) return this.#trailers();
      await this.#exactly(bytes, onPart);
      if ((await this.#line()) !== "") throw new Broken("no line end after a chunk");
    }
  }

  async #trailers() {
    const trailers = [];
    for (let line = await this.#line(); line !== ""; line = await this.#line()) trailers.push(parseField(line));
    return trailers;
  }

  async #exactly(bytes, onPart) {
    for (let left = bytes; left > 0;) {
      const part = await this.some(left);
      if (part === null) throw new Broken(`ended with ${left} of ${bytes} bytes missing`);
      left -= part.length;
      await onPart(part);
    }
  }

  async #line() {
    let line = "";
    while (!line.endsWith("\r\n")) {
      const part = await this.some(1);
      if (part === null) throw new Broken("ended inside a line");
      line += part.toString("latin1");
    }
    return line.slice(0, -2);
  }

  #more() {
    const more = new Promise((resolve) => { this.#wake = resolve; });
    this.socket.resume();
    return more;
  }
}

/** Opens a connection to a port of this machine. */
export const connect = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => { socket.removeListener("error", reject); resolve(socket); });
  });

/** Writes bytes (text is latin-1) and waits while the peer does not take them; false when the connection is gone. */
export const write = async (socket, bytes) => {
  if (socket.destroyed || socket.writableEnded) return false;
  if (!socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes)) {
    await new Promise((resolve) => {
      const done = () => { socket.off("drain", done); socket.off("close", done); resolve(); };
      socket.on("drain", done);
      socket.on("close", done);
    });
  }
  return !socket.destroyed;
};

/** The text of a head. */
export const headText = (start, fields) => `${start}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;

/** One chunk as it is sent. */
export const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

/** All values of a field, in order. */
export const valuesOf = (fields, name) => fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);

/** How the body of a request is framed: "chunked" or a number of bytes. */
export const requestFraming = ({ fields }) => {
  if (valuesOf(fields, "transfer-encoding").length > 0) return "chunked";
  return Number(valuesOf(fields, "content-length")[0] ?? 0);
};

/** How the body of a response to `method` is framed: "chunked", "close" or a number of bytes. */
export const responseFraming = ({ status, fields }, method) => {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  if (valuesOf(fields, "transfer-encoding").length > 0) return "chunked";
  const [length] = valuesOf(fields, "content-length");
  return length === undefined ? "close" : Number(length);
};

/** The status of a response head, with the head. */
export const asResponse = (head) => {
  const line = /^HTTP\/1\.[01] ([1-9][0-9]{2}) ?(.*)$/.exec(head.start);
  if (line === null) throw new Broken(`status line ${JSON.stringify(head.start)}`);
  return { ...head, status: Number(line[1]), reason: line[2] };
};

/**
 * Reads heads until one that is not interim: `{...response, interim: [status, ...]}`; null when the connection ended
 * before any. `onInterim` hears of each interim status as it comes.
 */
export const finalResponse = async (wire, onInterim = () => {}) => {
  const interim = [];
  for (;;) {
    const head = await wire.head();
    if (head === null) return null;
    const response = asResponse(head);
    if (response.status >= 200 || response.status === 101) return { ...response, interim };
    interim.push(response.status);
    onInterim(response.status);
  }
};

/** Counts and hashes what passes. */
export class Digest {
  #hash = crypto.createHash("sha256");
  bytes = 0;

  add(part) {
    this.#hash.update(part);
    this.bytes += part.length;
  }

  /** Length and SHA-256 of everything so far; ends the digest. */
  text() { return `${this.bytes} bytes, sha256 ${this.#hash.digest("hex").slice(0, 32)}`; }
}

const parseHead = (text) => {
  const [start, ...lines] = text.split("\r\n");
  return { start, fields: lines.map(parseField) };
};

const parseField = (line) => {
  const colon = line.indexOf(":");
  if (colon <= 0) throw new Broken(`field line ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")];
};
