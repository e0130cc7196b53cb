import { Agent, request } from "node:http";

/** How long one request may take before it counts as unanswered. */
const ANSWER_LIMIT_MS = 20_000;

/** A pool of at most `connections` kept-alive connections. */
export function connectionPool(connections) {
  return new Agent({ keepAlive: true, maxSockets: connections, scheduling: "fifo" });
}

/** GET on the loopback address: `{status, headers, text}`; rejects when no whole answer came. */
export function get(port, path, agent) {
  return exchange({ port, path, method: "GET", agent });
}

/** POST of a JSON text to /ingest with a project key: `{status, headers, text}`; rejects when no whole answer came. */
export function ingest(port, projectKey, body, agent) {
  const headers = {
    "content-type": "application/json",
    "x-project-key": projectKey,
    "content-length": Buffer.byteLength(body),
  };
  return exchange({ port, path: "/ingest", method: "POST", agent, headers }, body);
}

function exchange(options, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", timeout: ANSWER_LIMIT_MS, ...options }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.once("error", reject);
      answer.once("aborted", () => reject(new Error("answer cut short")));
      answer.once("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.once("error", reject);
    sent.end(body);
  });
}
