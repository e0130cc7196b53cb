import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { listenOnLoopback } from "../lib/port.mjs";
import { get } from "./http.mjs";
import { lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/**
 * Hearth calls nobody but the app behind it and the publisher of keys (trust.md S4).
 *
 * Every system call that could reach another host is traced, from the start to the end, while all doors are used; a connection
 * to any other address, or a datagram, is a failure.
 */
const options = readOptions(process.argv.slice(2), { binary: "", work: "", seconds: 10 });
const tally = new Tally();

await tally.run(async () => {
  const app = await listenOnLoopback(createServer((request, response) => response.end("ok")));
  const keys = await listenOnLoopback(createServer((request, response) => response.end('{"keys":[]}')));
  const proxyPort = await freePort();
  const settings = {
    HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`,
    HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${app}`,
    HEARTH_HEAT__AUTH: "both",
    HEARTH_HEAT__JWT__JWKS_URL: `http://127.0.0.1:${keys}/jwks`,
    HEARTH_HEAT__JWT__ISSUER: "tests",
    HEARTH_HEAT__JWT__AUDIENCE: "tests",
    HEARTH_HEAT__JWT__ALLOW_HTTP: "true",
    HEARTH_HEAT__JWT__ALLOW_PRIVATE_ADDRESS: "true",
  };
  const one = await prepare({ ...options, label: "outbound", settings });
  const trace = join(options.work, "outbound.strace");
  one.server.start(["strace", "-D", "-f", "-q", "-s", "200", "-e", "signal=none", "-e", "trace=connect,sendto,sendmsg,sendmmsg,socket", "-o", trace]);
  tally.check("ready", await one.server.ready(20_000), lastWords(one));
  await sendNew(one, { connections: 4, batches: 100 });
  const token = `${btoa('{"alg":"RS256","kid":"k"}')}.${btoa("{}")}.x`.replaceAll("=", "");
  await fetch(`http://127.0.0.1:${one.server.port}/ingest`, { method: "POST", headers: { "x-project-key": "k", authorization: `Bearer ${token}`, "content-type": "application/json" }, body: "{}" });
  for (const path of ["/", "/login", "/api/openapi.json", "/hearth.js", "/help", "/static/app.css"]) await get(one.server.port, path);
  for (let i = 0; i < 50; i += 1) await get(proxyPort, `/page/${i}`);
  await pause(options.seconds * 1000);
  await one.server.end("SIGTERM");
  await pause(300);
  const { allowed, foreign, sockets } = await outgoing(trace, new Set([app, keys]));
  tally.check("the app was called", (allowed.get(app) ?? 0) > 0, JSON.stringify([...allowed]));
  tally.check("nobody else was called", foreign.length === 0, foreign.slice(0, 3).join("; "));
  tally.figure("outbound connections to the app", allowed.get(app) ?? 0);
  tally.figure("outbound connections to the publisher of keys", allowed.get(keys) ?? 0);
  tally.figure("outbound connections to anybody else", foreign.length);
  tally.figure("outbound datagram sockets", sockets);
  process.nextTick(() => process.exit());
});

async function outgoing(path, ports) {
  const seen = { allowed: new Map(), foreign: [], sockets: 0 };
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (/ socket\(AF_INET6?, SOCK_DGRAM/.test(line)) seen.sockets += 1;
    const call = /\b(connect|sendto|sendmsg|sendmmsg)\(.*(?:sin|sin6)_port=htons\((\d+)\)/.exec(line);
    if (call === null) continue;
    const port = Number(call[2]);
    if (call[1] === "connect" && ports.has(port) && line.includes('"127.0.0.1"')) seen.allowed.set(port, (seen.allowed.get(port) ?? 0) + 1);
    else seen.foreign.push(line.slice(0, 200));
  }
  return seen;
}
