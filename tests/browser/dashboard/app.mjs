// The app behind the proxy: some pages that are tracked, an API, a slow report, an endpoint that fails.
import fs from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { listenOnLoopback } from "../../lib/port.mjs";

/** Where the button of the app's pages is, in CSS pixels of the document. */
export const BUTTON = { left: 600, top: 300, width: 80, height: 40 };

const SLOW_MS = 1200;

/** Starts the app; `port` is what a proxy in front of it asks. */
export const startApp = async () => {
  const server = http.createServer(answer);
  const port = await listenOnLoopback(server);
  return { port, close: () => { server.close(); server.closeAllConnections(); } };
};

const answer = (request, response) => {
  request.resume();
  const { pathname } = new URL(request.url, "http://app.test");
  const user = /(?:^|; )user=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  if (user) {
    response.setHeader("x-hearth-user-id", user);
    response.setHeader("x-hearth-user-name", `Name of ${user}`);
  }
  // What a hostile client can make an app tell its proxy.
  const claimed = request.headers["x-claimed-user"];
  if (claimed) {
    response.setHeader("x-hearth-user-id", claimed);
    response.setHeader("x-hearth-user-name", claimed);
    response.setHeader("x-hearth-user-email", claimed);
    response.setHeader("x-hearth-session-id", claimed);
  }
  const session = request.headers["x-app-session"];
  if (session) response.setHeader("x-hearth-session-id", session);
  if (pathname === "/sdk.mjs") send(response, 200, "text/javascript", fs.readFileSync(SDK));
  else if (pathname === "/favicon.ico") response.writeHead(204).end();
  else if (pathname === "/api/broken") send(response, 500, "application/json", "{}");
  else if (pathname === "/reports/yearly") setTimeout(() => send(response, 200, "application/json", "{}"), SLOW_MS);
  else if (pathname.startsWith("/api/")) send(response, 200, "application/json", "{}");
  else if (pathname.startsWith("/missing")) send(response, 404, "text/plain", "not here");
  else send(response, 200, "text/html; charset=utf-8", PAGE);
};

const SDK = fileURLToPath(import.meta.resolve("@m-software-engineering/heat-sdk"));

const PAGE = `<!doctype html>
<html lang="en">
<title>The app</title>
<style>
body { margin: 0; height: 2000px; }
button { position: absolute; left: ${BUTTON.left}px; top: ${BUTTON.top}px; width: ${BUTTON.width}px; height: ${BUTTON.height}px; }
</style>
<button id="buy">Buy</button>
<script type="module">
import { init } from "/sdk.mjs";
window.startTracking = (config) => { window.tracker = init(config); };
</script>
`;

const send = (response, status, type, body) => response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
