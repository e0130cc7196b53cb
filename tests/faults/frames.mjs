import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const CLOSE = 8;

/**
 * A websocket that only waits for its end.
 *
 * Resolves once the protocol is switched, to `{closed, status}`: a promise of the code of the close frame (null when the
 * connection ended without one), and the status of the answer (101 or a refusal).
 */
export function openWebsocket(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const fields = Object.entries({
      host: `127.0.0.1:${port}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      ...headers,
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    let bytes = Buffer.alloc(0);
    let status;
    let tell;
    const closed = new Promise((done) => (tell = done));
    socket.on("data", (data) => {
      bytes = Buffer.concat([bytes, data]);
      if (status === undefined) {
        const end = bytes.indexOf("\r\n\r\n");
        if (end < 0) return;
        status = Number(bytes.subarray(9, 12).toString());
        bytes = bytes.subarray(end + 4);
        resolve({ closed, status });
      }
      for (let frame = readFrame(bytes); frame; frame = readFrame(bytes)) {
        bytes = bytes.subarray(frame.bytes);
        if (frame.opcode === CLOSE) tell(frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005);
      }
    });
    socket.on("error", (error) => (status === undefined ? reject(error) : tell(null)));
    socket.on("close", () => tell(null));
  });
}

/** The first frame of a server, which masks nothing; nothing while it is incomplete. */
function readFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 0x7f;
  const head = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < head) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < head + length) return undefined;
  return { opcode: bytes[0] & 0x0f, payload: bytes.subarray(head, head + length), bytes: head + length };
}
