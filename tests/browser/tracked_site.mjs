// A site with Hearth's tracker: nothing in its pages but one tag, things to click on, and the stub for early calls.
import http from "node:http";
import { listenOnLoopback } from "../lib/port.mjs";

/** Starts a site whose pages load the tracker by `tag`, which may be changed at any time. */
export const startTrackedSite = async (tag = "") => {
  const site = new TrackedSite(tag);
  await site.listen();
  return site;
};

class TrackedSite {
  #server;

  constructor(tag) {
    this.tag = tag;
    this.#server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url, this.origin);
      if (pathname === "/favicon.ico" || pathname.endsWith(".pdf")) return response.writeHead(204).end();
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(this.#page(pathname));
    });
  }

  async listen() {
    this.port = await listenOnLoopback(this.#server);
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #page(pathname) {
    return `<!doctype html>
<html lang="en">
<title>Page ${pathname}</title>
<style>body { margin: 0; height: 4000px; } main > * { position: absolute; left: 100px; width: 200px; height: 40px; }</style>
<script>window.hearth=window.hearth||function(){(hearth.q=hearth.q||[]).push(arguments)}</script>
${this.tag}
<main id="content">
<button class="primary css-1x9" style="top: 100px">Secret text of Ada</button>
<button class="primary" style="top: 150px">Other</button>
<input name="name" style="top: 200px" value="">
<a id="next" style="top: 250px" href="/next">Next</a>
<a id="out" style="top: 300px" href="http://localhost:9/away?token=secret#part">Away</a>
<a id="file" style="top: 350px" href="/prices.pdf?token=secret">Prices</a>
</main>
`;
  }
}
