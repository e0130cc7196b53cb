import net from "node:net";

/**
 * One kept-alive HTTP/1.1 connection that sends the bytes it is given, one request at a time.
 *
 * Made for loads: no parsing beyond status, fields and length. A connection that the other side closed is opened anew.
 */
export class Connection {
  #socket = null;
  #received = Buffer.alloc(0);
  #answered = null;

  /** `localAddress` is the loopback address to come from. */
  constructor(port, { localAddress = undefined, limitMs = 20_000 } = {}) {
    Object.assign(this, { port, localAddress, limitMs });
  }

  /** Sends a request (head and body) and resolves to `{status, head, body}`; status 0: closed without an answer. */
  send(...parts) {
    return new Promise((resolve) => {
      this.#answered = (answer) => {
        this.#answered = null;
        clearTimeout(timer);
        resolve(answer);
      };
      const timer = setTimeout(() => {
        this.#socket?.destroy();
        this.#answered?.({ status: 0, head: "no answer in time", body: Buffer.alloc(0) });
      }, this.limitMs);
      const socket = this.#opened();
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    });
  }

  close() {
    this.#socket?.destroy();
  }

  #opened() {
    if (this.#socket !== null && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    this.#received = Buffer.alloc(0);
    const socket = net.connect({ port: this.port, host: "127.0.0.1", localAddress: this.localAddress, noDelay: true });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#answered?.({ status: 0, head: "closed", body: Buffer.alloc(0) });
    });
    socket.on("data", (data) => this.#take(data));
    return socket;
  }

  #take(data) {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const whole = wholeBody(this.#received, end + 4, head);
    if (whole === null) return;
    const { body, next } = whole;
    this.#received = this.#received.subarray(next);
    if (/\r\nconnection: *close/i.test(head)) this.#socket?.end();
    this.#answered?.({ status: Number(head.slice(9, 12)), head, body });
  }
}

function wholeBody(bytes, from, head) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length !== null) {
    const next = from + Number(length[1]);
    return bytes.length < next ? null : { body: bytes.subarray(from, next), next };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { body: bytes.subarray(from, from), next: from };
  const parts = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = parseInt(bytes.toString("latin1", at, line), 16);
    if (bytes.length < line + 4 + size) return null;
    if (size === 0) return { body: Buffer.concat(parts), next: line + 4 };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
  }
}

/** The head of a POST of `length` bytes. */
export function postHead(path, length, fields) {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${lines}\r\n`;
}
