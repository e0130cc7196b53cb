// SIGHUP again and again under load over HTTPS, on the collector and on the proxy: the certificate and the configuration
// change, no request is lost (trust.md P10). Then what a reload must refuse, and what TLS must.
//
//   reload.mjs [--reloads 100] [--connections 16]
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { launchHearth } from "../lib/hearth.mjs";
import { freePort, listenOnLoopback } from "../lib/port.mjs";
import { makeFolder } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";
import { trial, tally } from "../proxy/trial.mjs";
import { readOptions } from "./options.mjs";

const options = readOptions(process.argv.slice(2), { reloads: 100, connections: 16 });
const fixtures = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const folder = makeFolder("reload");
const file = (name) => path.join(folder, name);
const PAIRS = ["localhost", "renewed"].map((name) => ({
  certificate: fs.readFileSync(`${fixtures}${name}.crt`),
  key: fs.readFileSync(`${fixtures}${name}.key`),
}));
const fingerprints = PAIRS.map(({ certificate }) => fingerprintOf(certificate));
/** Requests of the load by what became of them. */
const counts = { ingest: 0, proxied: 0, fresh: 0 };
const lost = [];
let number = 0;
let loading = true;

await trial(async () => {
  const app = await listenOnLoopback(http.createServer((request, response) => {
    request.resume();
    request.on("end", () => response.end(`proto=${request.headers["x-forwarded-proto"]}`));
  }));
  install(0);
  configure({ max: 1_000_000 });
  const proxyPort = await freePort();
  const settings = {
    SERVER__TLS_CERTIFICATE: file("cert.pem"), SERVER__TLS_KEY: file("key.pem"), CONFIG: file("hearth.toml"),
    PROXY__UPSTREAM: `http://127.0.0.1:${app}`, PROXY__LISTEN: `127.0.0.1:${proxyPort}`, LOG__LEVEL: "info",
  };
  const hearth = await launchHearth(settings);
  await until("it answers over HTTPS", async () => (await ask({ port: hearth.port, path: "/readyz" })).status === 200, { withinMs: 30_000 });

  const senders = Array.from({ length: options.connections }, (_, at) => load(hearth, proxyPort, at));
  await until("the load is on", () => counts.ingest > 20 && counts.proxied > 20 && counts.fresh > 20);
  let applied = 0;
  for (let reload = 1; reload <= options.reloads; reload += 1) {
    install(reload % 2);
    configure({ max: 1_000_000 + reload });
    process.kill(hearth.pid, "SIGHUP");
    await until(`reload ${reload} is told`, () => count(hearth, "the configuration was read again") === reload);
    const shown = await shownCertificate(hearth.port);
    if (tally.check(`reload ${reload}: new connections get the new certificate`, shown === fingerprints[reload % 2])) applied += 1;
  }
  loading = false;
  await Promise.all(senders);
  tally.check("no request failed", lost.length === 0, `${lost.length}: ${lost.slice(0, 5).join("; ")}`);
  tally.figure("reload certificates shown", applied);
  for (const [kind, requests] of Object.entries(counts)) tally.figure(`reload requests ${kind}`, requests);
  tally.figure("reload requests failed", lost.length);

  await refusals(hearth, proxyPort);
  await encryption(hearth, proxyPort);
  await hearth.stop();
  await badFilesAtTheStart(settings);
});

/** What a reload must not take. */
async function refusals(hearth, proxyPort) {
  const now = options.reloads % 2;
  const refused = () => count(hearth, "the configuration is refused");
  fs.writeFileSync(file("key.pem"), PAIRS[1 - now].key);
  process.kill(hearth.pid, "SIGHUP");
  await until("half of a renewal is refused", () => refused() === 1);
  tally.check("half of a renewal: the old certificate stays", (await shownCertificate(hearth.port)) === fingerprints[now]);
  tally.check("half of a renewal: the log says which", hearth.log().includes("belongs to another certificate"));
  install(now);
  fs.writeFileSync(file("hearth.toml"), "[heat]\nmax_event = 5\n[server]\nhead_timeout = \"soon\"\n");
  process.kill(hearth.pid, "SIGHUP");
  await until("a wrong file is refused", () => refused() === 2);
  tally.check("a wrong file: each mistake is told", hearth.log().includes("max_event") && hearth.log().includes("head_timeout"));
  tally.check("a wrong file: it still answers", (await ask({ port: hearth.port, path: "/readyz" })).status === 200);
  configure({ max: 5 }, "[storage]\nreaders = 9\n");
  process.kill(hearth.pid, "SIGHUP");
  await until("what needs a restart is told", () => /restart.*storage\.readers|storage\.readers.*restart/.test(hearth.log()));
  const statuses = [];
  for (let at = 0; at < 8; at += 1) statuses.push((await ask(batch(hearth, "limited"))).status);
  tally.check("a new limit counts at once", statuses.at(-1) === 429, statuses.join());
  const proxied = await ask({ port: proxyPort, path: "/still" });
  tally.check("the proxy goes on", proxied.status === 200 && proxied.text === "proto=https", proxied.text);
}

/** What TLS must refuse, and what it changes. */
async function encryption(hearth, proxyPort) {
  for (const [name, port] of [["collector", hearth.port], ["proxy", proxyPort]]) {
    const plain = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      const parts = [];
      socket.on("data", (part) => parts.push(part));
      socket.on("error", () => resolve(""));
      socket.on("close", () => resolve(Buffer.concat(parts).toString()));
    });
    tally.check(`${name}: plain HTTP gets a clear 400`, plain.startsWith("HTTP/1.1 400 ") && plain.includes("speaks HTTPS"), plain);
    for (const version of ["TLSv1", "TLSv1.1"]) {
      // SECLEVEL=0: else the client itself would not try.
      const tried = await connect(port, { minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" });
      tally.check(`${name}: ${version} is refused by the server`, /alert|protocol version/i.test(tried.error ?? ""), JSON.stringify(tried));
    }
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const tried = await connect(port, { minVersion: version, maxVersion: version });
      tally.check(`${name}: ${version} is spoken`, tried.protocol === version, JSON.stringify(tried));
    }
    tally.check(`${name}: a handshake that does not come is ended in time`, await silentConnectionEnds(port));
  }
  const curl = spawnSync("curl", ["-s", "--cacert", file("cert.pem"), "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result}", `https://localhost:${hearth.port}/healthz`, "--resolve", `localhost:${hearth.port}:127.0.0.1`]);
  if (!curl.error) tally.check("curl verifies the chain", curl.stdout.toString() === "200 0", curl.stdout.toString() + curl.stderr.toString());
  const openssl = spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${hearth.port}`, "-servername", "localhost", "-CAfile", file("cert.pem"), "-verify_return_error"], { input: "" });
  if (!openssl.error) tally.check("openssl verifies the chain", openssl.stdout.toString().includes("Verify return code: 0 (ok)"));
  const page = await ask({ port: hearth.port, path: "/login", headers: { accept: "text/html" } });
  tally.check("pages say that they are HTTPS only", page.headers["strict-transport-security"] !== undefined);
  tally.check("the first line says https", /listens on https:/.test(hearth.log()));
}

/** A start with files that cannot be used ends at once with 78 and the reason. */
async function badFilesAtTheStart(settings) {
  install(0);
  const broken = [
    ["a key of another certificate", () => fs.writeFileSync(file("key.pem"), PAIRS[1].key), "belongs to another certificate"],
    ["no key", () => fs.rmSync(file("key.pem")), "server.tls_key: cannot read"],
    ["no certificate", () => fs.writeFileSync(file("cert.pem"), ""), "there is no certificate"],
  ];
  for (const [name, spoil, words] of broken) {
    spoil();
    const hearth = await launchHearth({ ...settings, CONFIG: file("empty.toml"), PROXY__LISTEN: `127.0.0.1:${await freePort()}` });
    const code = await hearth.exit();
    tally.check(`${name} at the start: exit code 78`, code === 78, String(code));
    tally.check(`${name} at the start: the reason`, hearth.log().includes(words), hearth.log().slice(-300));
  }
}

/** One sender until the load ends: batches and proxied requests on kept connections, and some on new ones. */
async function load(hearth, proxyPort, at) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  while (loading) {
    const [kind, request] = at % 4 === 3 ? ["fresh", { port: hearth.port, path: "/healthz" }]
      : at % 2 === 0 ? ["ingest", { ...batch(hearth, `s-${at}`), agent }] : ["proxied", { port: proxyPort, path: `/p/${at}`, agent }];
    const answer = await ask(request).catch((error) => ({ status: error.message }));
    counts[kind] += 1;
    if (answer.status !== 200) lost.push(`${kind}: ${answer.status}`);
  }
  agent.destroy();
}

function batch(hearth, session) {
  number += 1;
  const body = JSON.stringify({
    session: { id: session },
    events: [{ type: "click", eventId: `e-${number}`, sessionId: session, ts: Date.now(), path: "/", viewport: { w: 1280, h: 720 }, device: {}, x: 1, y: 2 }],
  });
  return { port: hearth.port, path: "/ingest", method: "POST", body, headers: { "content-type": "application/json", "x-project-key": hearth.projectKey } };
}

function ask({ port, path: target, method = "GET", headers = {}, body = "", agent = new https.Agent({ keepAlive: false, maxCachedSessions: 0 }) }) {
  return new Promise((resolve, reject) => {
    const sent = https.request({ host: "127.0.0.1", port, path: target, method, agent, rejectUnauthorized: false, timeout: 20_000, headers: { ...headers, ...(body ? { "content-length": Buffer.byteLength(body) } : {}) } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.once("error", reject);
    sent.end(body);
  });
}

/** What a handshake with these settings comes to. */
function connect(port, settings) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...settings }, () => {
      resolve({ protocol: socket.getProtocol(), fingerprint: socket.getPeerCertificate().fingerprint256 });
      socket.destroy();
    });
    socket.once("error", (error) => resolve({ error: `${error.code} ${error.message}` }));
  });
}

async function shownCertificate(port) {
  return (await connect(port, {})).fingerprint;
}

/** Whether a connection on which nothing is said ends within 8 seconds. */
function silentConnectionEnds(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    const late = setTimeout(() => { socket.destroy(); resolve(false); }, 8000);
    socket.on("error", () => {});
    socket.resume();
    socket.once("close", () => { clearTimeout(late); resolve(true); });
  });
}

/** Puts a pair in the place of the one that is there, as programs do that renew certificates. */
function install(which) {
  for (const [name, text] of [["cert.pem", PAIRS[which].certificate], ["key.pem", PAIRS[which].key]]) {
    fs.writeFileSync(file(`${name}.new`), text, { mode: 0o600 });
    fs.renameSync(file(`${name}.new`), file(name));
  }
}

function configure({ max }, more = "") {
  fs.writeFileSync(file("hearth.toml"), `[heat.rate_limit]\nmax = ${max}\n${more}`);
  fs.writeFileSync(file("empty.toml"), "");
}

function count(hearth, words) {
  return hearth.log().split(words).length - 1;
}

function fingerprintOf(pem) {
  const der = execFileSync("openssl", ["x509", "-noout", "-fingerprint", "-sha256"], { input: pem });
  return der.toString().trim().split("=")[1];
}
