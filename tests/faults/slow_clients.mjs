import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { listenOnLoopback } from "../lib/port.mjs";
import { Connection } from "./connection.mjs";
import { lastWords, prepare } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** The probe's limit, and how many clients are slow. */
const PROBE_LIMIT_MS = 250;
const CLIENTS = 2000;
/** slowhttptest: -H slow heads, -B slow bodies, -R many ranges, -X slow reading of a large answer. */
const WAYS = {
  "slow heads": ["-H", "-i", "5"],
  "slow bodies": ["-B", "-i", "5", "-s", "8192", "-t", "POST"],
  "many ranges": ["-R", "-a", "10", "-b", "3000"],
  "slow reading": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"],
};

const options = readOptions(process.argv.slice(2), { binary: "", work: "", seconds: 30 });
const tally = new Tally();

await tally.run(async () => {
  const large = randomBytes(1 << 20);
  const app = await listenOnLoopback(createServer((request, response) => {
    request.resume();
    request.on("error", () => {});
    response.end(request.url.startsWith("/large") ? large : "ok");
  }));
  const proxyPort = await freePort();
  const one = await prepare({ ...options, label: "slow", settings: { HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`, HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${app}`, HEARTH_PROXY__MAX_CONNECTIONS_PER_ADDRESS: "4096" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  for (const [name, port, path] of [["collector", one.server.port, "/hearth.js"], ["proxy", proxyPort, "/large"]]) {
    for (const [way, words] of Object.entries(WAYS)) await oneWay(`${name}, ${way}`, port, path, words);
  }
  tally.check("it lives", one.server.running, lastWords(one));
  await one.server.end("SIGTERM");
  setTimeout(() => process.exit(), 100);
});

async function oneWay(name, port, path, words) {
  const child = spawn("slowhttptest", [...words, "-c", String(CLIENTS), "-r", "500", "-l", String(options.seconds), "-p", "3", "-u", `http://127.0.0.1:${port}${path}`], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let isOver = false;
  exited.then(() => (isOver = true));
  const times = [];
  let failed = 0;
  while (!isOver) {
    const probe = new Connection(port, { limitMs: 5000 });
    const startedAt = performance.now();
    const answer = await probe.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    times.push(performance.now() - startedAt);
    if (answer.status !== 200) failed += 1;
    probe.close();
    await pause(50);
  }
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? Infinity;
  const plain = output.replace(/\u001b\[[0-9;]*m/g, "");
  const connected = Number(/connected:\s+(\d+)\s*$/.exec(plain.match(/connected:\s+\d+/g)?.at(-1) ?? "")?.[1] ?? NaN);
  const available = plain.match(/service available:\s+(\w+)/g)?.at(-1) ?? "";
  const available100 = (plain.match(/service available:\s+NO/g) ?? []).length === 0 && available !== "";
  tally.check(`${name}: others are served`, failed === 0 && times.length > 5, `${failed} of ${times.length} failed`);
  tally.check(`${name}: p99 of others below ${PROBE_LIMIT_MS} ms`, p99 < PROBE_LIMIT_MS, `${p99.toFixed(0)} ms`);
  tally.check(`${name}: slowhttptest found it available all the time`, available100, plain.split("\n").filter((line) => line.trim() !== "").slice(-12).join(" / "));
  tally.figure(`slow_clients ${name}: p99 of others ms`, p99.toFixed(0));
  tally.figure(`slow_clients ${name}: slow clients left at the end`, connected);
}
