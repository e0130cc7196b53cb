// The web site that is tracked: a tall page with a form, the SDK beside it, and a reverse proxy for /ingest.
import fs from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { listenOnLoopback } from "../lib/port.mjs";

/** Starts the site; `hearth` is where /ingest goes. */
export const startSite = async (hearth) => {
  const site = new Site(hearth);
  await site.listen();
  return site;
};

class Site {
  #hearth;
  #server;
  #answersToLose = 0;

  constructor(hearth) {
    this.#hearth = hearth;
    /** Answers that were dropped after Hearth had given them. */
    this.lostAnswers = 0;
    /** Bodies of all posts that passed through, parsed, in order. */
    this.forwarded = [];
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  async listen() {
    this.port = await listenOnLoopback(this.#server);
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  /** Drops the connection instead of passing on Hearth's next `count` answers: stored, and the page never learns. */
  loseAnswers(count) { this.#answersToLose = count; }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.origin);
    if (pathname === "/ingest") this.#forward(request, response);
    else if (pathname === "/sdk.mjs") send(response, "text/javascript", fs.readFileSync(SDK));
    else if (pathname === "/favicon.ico") response.writeHead(204).end();
    // Any other path is the page: a single-page application answers its routes with the same document.
    else send(response, "text/html; charset=utf-8", PAGE);
  }

  async #forward(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    this.forwarded.push(JSON.parse(body.toString("utf8")));
    const onward = http.request(`${this.#hearth.base}${request.url}`, { method: request.method, headers: { ...request.headers, host: `127.0.0.1:${this.#hearth.port}` } }, async (answer) => {
      const answerParts = [];
      for await (const part of answer) answerParts.push(part);
      if (answer.statusCode === 200 && this.#answersToLose > 0) {
        this.#answersToLose -= 1;
        this.lostAnswers += 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode, answer.headers).end(Buffer.concat(answerParts));
    });
    onward.on("error", () => response.writeHead(502).end());
    onward.end(body);
  }
}

const SDK = fileURLToPath(import.meta.resolve("@m-software-engineering/heat-sdk"));

const PAGE = `<!doctype html>
<html lang="en">
<title>Tracked</title>
<style>body { margin: 0; height: 4000px; } button, input { position: absolute; left: 100px; width: 200px; height: 40px; }</style>
<button id="buy" class="primary large" style="top: 100px">Buy</button>
<form>
<input id="name" name="name" style="top: 200px">
<input id="empty" name="empty" style="top: 250px">
<input id="password" type="password" style="top: 300px">
<input id="otp-code" style="top: 350px">
<div data-private><input id="diary" style="top: 400px"></div>
</form>
<script type="module">
import { init } from "/sdk.mjs";
window.startTracking = (config) => { window.tracker = init(config); };
</script>
`;

const send = (response, type, body) => response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
