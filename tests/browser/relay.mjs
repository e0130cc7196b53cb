// A reverse proxy in front of Hearth that remembers what browsers have sent: a request that outlives its page is seen
// here, and nowhere in the browser.
import http from "node:http";
import { listenOnLoopback } from "../lib/port.mjs";

/** Starts a relay to `hearth`; `batches` are the bodies of posts to /ingest, parsed, in order. */
export const startRelay = async (hearth) => {
  const relay = new Relay(hearth);
  relay.base = `http://127.0.0.1:${await listenOnLoopback(relay.server)}`;
  return relay;
};

class Relay {
  #refusals = 0;

  constructor(hearth) {
    this.batches = [];
    this.server = http.createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts);
      if (request.method === "POST") {
        this.batches.push(JSON.parse(body.toString("utf8")));
        if (this.#refusals > 0) {
          this.#refusals -= 1;
          return response.writeHead(503, { "access-control-allow-origin": "*" }).end();
        }
      }
      const headers = { ...request.headers, host: new URL(hearth.base).host };
      const onward = http.request(`${hearth.base}${request.url}`, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.writeHead(502).end());
      onward.end(body);
    });
  }

  /** Answers the next `count` posts with 503 without passing them on. */
  refuse(count) { this.#refusals = count; }

  /** The batches of one session. */
  of(session) { return this.batches.filter((batch) => batch.session.id === session); }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
