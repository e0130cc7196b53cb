// An HTTP/1.1 client that sends exactly the bytes it is given, hostile ones included.
//
// Node's own client refuses to send half of what the bad inputs need (NUL in a header, a raw `<` in the
// target), so the request is put together here and only the answer is parsed.
import net from "node:net";

const CHUNK_BYTES = 64 * 1024;

/**
 * Sends one request on its own connection.
 *
 * `headers` is a list of [name, value] pairs (value: text as latin-1, or a Buffer), sent in order; Host,
 * Connection and Content-Length are added. Resolves to `{status, headers, text, json, ms}`; status is 0 when
 * the peer closed the connection without an answer. The answer ends the upload: a refusal in the middle of a
 * large body is normal. Rejects only when nothing happened for `timeoutMs`.
 */
export const sendRaw = ({ port, method = "GET", target, headers = [], body = Buffer.alloc(0), timeoutMs = 30_000 }) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const received = [];
    let answer;
    let closed = false;
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.setTimeout(timeoutMs, () => { reject(new Error(`no answer within ${timeoutMs} ms`)); socket.destroy(); });
    const finish = () => {
      if (closed) return;
      closed = true;
      resolve({ ...(answer ?? parseAnswer(Buffer.concat(received), true) ?? { status: 0, headers: {}, text: "" }), ms: performance.now() - startedAt });
      socket.destroy();
    };
    socket.on("data", (data) => {
      received.push(data);
      answer = parseAnswer(Buffer.concat(received), false);
      if (answer) finish();
    });
    socket.on("end", finish);
    // After a reset, what had already arrived is still delivered first.
    socket.on("error", () => setImmediate(finish));
    socket.on("close", finish);
    const upload = async () => {
      const bytes = Buffer.concat([requestHead(method, target, port, headers, body.length), body]);
      for (let at = 0; at < bytes.length && !closed && received.length === 0; at += CHUNK_BYTES) {
        if (!socket.write(bytes.subarray(at, at + CHUNK_BYTES))) await Promise.race([once(socket, "drain"), once(socket, "close"), once(socket, "data")]);
        await new Promise(setImmediate);
      }
    };
    socket.once("connect", upload);
  });

const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));

const latin1 = (text) => (Buffer.isBuffer(text) ? text : Buffer.from(text, "latin1"));

const requestHead = (method, target, port, headers, bodyLength) => {
  const parts = [latin1(`${method} `), latin1(target), latin1(` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n`)];
  for (const [name, value] of headers) parts.push(latin1(`${name}: `), latin1(value), latin1("\r\n"));
  if (bodyLength > 0 || method === "POST") parts.push(latin1(`Content-Length: ${bodyLength}\r\n`));
  parts.push(latin1("\r\n"));
  return Buffer.concat(parts);
};

/** The parsed answer, or undefined while it is incomplete; at the end of the connection a cut body is taken as it is. */
const parseAnswer = (bytes, atEnd) => {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine, ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  const rest = bytes.subarray(headEnd + 4);
  if (status === 100) return parseAnswer(rest, atEnd);
  const headers = {};
  for (const line of lines) headers[line.slice(0, line.indexOf(":")).toLowerCase()] = line.slice(line.indexOf(":") + 1).trim();
  const body = headers["transfer-encoding"] === "chunked" ? joinChunks(rest) : bodyByLength(rest, headers["content-length"]);
  if (!body && !atEnd) return undefined;
  const text = (body ?? rest).toString("utf8");
  return { status, headers, text, json: parseJson(text) };
};

const bodyByLength = (bytes, length) => (length !== undefined && bytes.length >= Number(length) ? bytes.subarray(0, Number(length)) : undefined);

const joinChunks = (bytes) => {
  const parts = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (size === 0) return Buffer.concat(parts);
    if (bytes.length < lineEnd + 2 + size + 2) return undefined;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
};

const parseJson = (text) => {
  try { return JSON.parse(text); } catch { return undefined; }
};
