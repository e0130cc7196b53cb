import { execFileSync, spawn } from "node:child_process";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { get } from "./http.mjs";
import { readOptions } from "./options.mjs";
import { freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** What must not be in a log line, a command line, an environment or the answer to a stranger. */
const CANARIES = {
  query: "canaryquery7f3a",
  path: "canarypath1c9e",
  cookie: "canarycookie55d0",
  token: "canarytoken8b21",
  email: "canary.person@mail.test",
  body: "canarybody90ac",
  agent: "canaryagent4410",
  address: "203.0.113.77",
  address6: "2001:db8:cafe::77",
  metrics: "canarymetrics6e02",
  password: "canarypassword3d5f",
};
const ROUNDS = 20;

const lines = (file) => readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
const isAccess = (line) => line.includes("hearth::access");
const isJson = (line) => { try { return typeof JSON.parse(line) === "object"; } catch { return false; } };
const canaries = (bytes, all) => Object.entries(all).filter(([, text]) => bytes.includes(text)).map(([name]) => name);

const children = new Set();
const options = readOptions(process.argv.slice(2), { binary: "", work: "" });
const tally = new Tally();

await tally.run(async () => {
  const app = createServer((asked, answer) => answer.writeHead(asked.url.includes("bad") ? 500 : 200).end("of the app"));
  await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
  const ports = { own: await freePort(), proxy: await freePort() };
  const env = environment(ports, app.address().port);
  const first = start(env, "first");
  tally.check("ready", await ready(ports.own));
  const secrets = /project key:\s*(\S+)[^]*read token:\s*(\S+)/.exec(readFileSync(first.out, "utf8")) ?? [];
  const [, key, token] = secrets;
  tally.check("the first start shows a key and a token", Boolean(key && token));
  await stop(first);
  // Otherwise each start prints the link of the set-up, which is a secret that has to be told.
  execFileSync(options.binary, ["user", "add", "ops", "--admin", "--password-stdin"], { env, input: `${CANARIES.password}\n` });

  for (const format of ["json", "compact", "pretty"]) {
    await logged(format, { ...env, HEARTH_LOG__FORMAT: format }, ports, { key, token });
  }
  app.closeAllConnections();
  app.close();
});

for (const child of children) child.kill("SIGKILL");

/** One run with a log of one form, and what is in it. */
async function logged(format, env, ports, { key, token }) {
  const server = start(env, format);
  tally.check(`${format}: ready`, await ready(ports.own));
  const before = lines(server.err).filter(isAccess).length;
  let sent = 0;
  for (let round = 0; round < ROUNDS; round += 1) sent += await workload(ports, key, token);
  const expected = before + sent;
  for (let tries = 0; tries < 100 && lines(server.err).filter(isAccess).length < expected; tries += 1) await pause(50);
  const access = lines(server.err).filter(isAccess).length;
  tally.check(`${format}: one line for each request`, access === expected, `${access} lines, ${expected} requests`);
  const proc = (file) => readFileSync(`/proc/${server.child.pid}/${file}`);
  const shown = { cmdline: proc("cmdline"), environ: proc("environ") };
  await stop(server);

  const bytes = readFileSync(server.err);
  const control = bytes.filter((byte) => (byte < 0x20 && byte !== 0x0a) || byte === 0x7f).length;
  tally.check(`${format}: no control character`, control === 0, control);
  if (format === "json") {
    const broken = lines(server.err).filter((line) => !isJson(line));
    tally.check("json: each line is an object", broken.length === 0, broken[0]);
    const wanted = ["timestamp", "level", "target", "message", "request_id", "http.request.method", "http.route", "http.response.status_code", "duration_ms"];
    const one = JSON.parse(lines(server.err).find(isAccess));
    tally.check("json: the fields are there", wanted.every((name) => name in one), JSON.stringify(one));
    const traced = lines(server.err).filter(isAccess).some((line) => JSON.parse(line).trace_id === "4bf92f3577b34da6a3ce929d0e0e4736");
    tally.check("json: a trace is named", traced);
  }
  const found = canaries(bytes, { ...CANARIES, key, token, loopback: "127.0.0.1:5" });
  tally.check(`${format}: no secret, no address`, found.length === 0, found.join());
  tally.figure(`logs ${format} lines`, lines(server.err).length);
  const inCommand = canaries(shown.cmdline, { ...CANARIES, key, token });
  tally.check(`${format}: no secret on the command line`, inCommand.length === 0, inCommand.join());
  // What the owner has put there himself is there; nothing is added.
  const { metrics, ...others } = CANARIES;
  const inEnvironment = canaries(shown.environ, { ...others, key, token });
  tally.check(`${format}: no secret added to the environment`, inEnvironment.length === 0, inEnvironment.join());
  tally.check(`${format}: what the owner has put there is found`, shown.environ.includes(metrics));
}

/** Requests of every kind with something in them that nobody may log; resolves to how many lines they should make. */
async function workload(ports, key, token) {
  const headers = {
    cookie: `session=${CANARIES.cookie}`,
    "user-agent": `${CANARIES.agent}`,
    "x-forwarded-for": `${CANARIES.address}, ${CANARIES.address6}`,
    referer: `http://app.test/${CANARIES.path}?t=${CANARIES.query}`,
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  };
  const json = { ...headers, "content-type": "application/json" };
  const bearer = { ...headers, authorization: `Bearer ${CANARIES.token}` };
  const heat = JSON.stringify({ session: { id: CANARIES.body }, user: { id: CANARIES.email }, events: [
    { type: "click", eventId: `${Math.random()}`, sessionId: CANARIES.body, ts: Date.now(), path: `/${CANARIES.path}?q=${CANARIES.query}`, viewport: { w: 1, h: 1 }, device: {}, x: 0, y: 0 },
  ] });
  const track = JSON.stringify({ event: "identify", eventId: `${Math.random()}`, userId: CANARIES.email, traits: { email: CANARIES.email }, properties: { secret: CANARIES.body } });
  const asked = [
    [ports.own, "POST", "/ingest", { ...json, "x-project-key": key }, heat],
    [ports.own, "POST", "/ingest", { ...json, "x-project-key": CANARIES.token }, heat],
    [ports.own, "POST", "/ingest", { ...json, "x-project-key": key }, `{"broken ${CANARIES.body}`],
    [ports.own, "POST", "/track", { ...json, authorization: `Bearer ${key}` }, track],
    [ports.own, "POST", "/track", { ...json, authorization: `Bearer ${CANARIES.token}` }, track],
    [ports.own, "GET", `/api/v1/projects?token=${CANARIES.token}&q=${CANARIES.query}`, bearer],
    [ports.own, "GET", "/api/v1/projects", { ...headers, authorization: `Bearer ${token}` }],
    [ports.own, "GET", `/${CANARIES.path}/%0a%0d%1b[31m?x=%00${CANARIES.query}`, headers],
    [ports.own, "GET", `/login?next=/${CANARIES.path}`, headers],
    [ports.own, "POST", "/login", { ...headers, "content-type": "application/x-www-form-urlencoded" }, `name=${CANARIES.email}&password=${CANARIES.password}`],
    [ports.own, "GET", `/share/${CANARIES.token}`, headers],
    [ports.own, "GET", "/metrics", { ...headers, authorization: `Bearer ${CANARIES.metrics}` }],
    [ports.own, "GET", "/metrics", bearer],
    [ports.own, "DELETE", `/api/v1/projects/${CANARIES.path}/persons/${CANARIES.email}`, bearer],
    [ports.proxy, "POST", "/_hearth/ingest", { ...json, "x-project-key": key }, heat],
  ];
  const unlogged = [
    [ports.proxy, "GET", `/shop/${CANARIES.path}?q=${CANARIES.query}`, bearer],
    [ports.proxy, "POST", `/bad?email=${CANARIES.email}`, json, CANARIES.body],
  ];
  for (const [port, method, path, fields, body] of [...asked, ...unlogged]) await ask(port, method, path, fields, body);
  await raw(ports.own, `GET /${CANARIES.path}\x1b[31m HTTP/1.1\r\nHost: a\r\nX-A: ${CANARIES.token}\x01\r\n\r\n`);
  return asked.length;
}

function ask(port, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      answer.resume();
      answer.once("end", resolve);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Bytes that are no request; the guard refuses them before anything is a route. */
function raw(port, text) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.resume();
    socket.once("error", resolve);
    socket.once("close", resolve);
  });
}

function start(env, name) {
  const [out, err] = [join(options.work, `${name}.out`), join(options.work, `${name}.err`)];
  const files = [openSync(out, "w"), openSync(err, "w")];
  const child = spawn(options.binary, ["serve"], { cwd: options.work, env, stdio: ["ignore", ...files] });
  files.forEach(closeSync);
  children.add(child);
  const ended = new Promise((resolve) => child.once("exit", resolve)).then(() => children.delete(child));
  return { child, out, err, ended };
}

async function stop({ child, ended }) {
  child.kill("SIGTERM");
  await ended;
}

async function ready(port) {
  for (let tries = 0; tries < 400; tries += 1) {
    const answer = await get(port, "/readyz").catch(() => null);
    if (answer?.status === 200) return true;
    await pause(25);
  }
  return false;
}

function environment(ports, appPort) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"));
  return {
    ...Object.fromEntries(inherited),
    HEARTH_STORAGE__PATH: join(options.work, "hearth.db"),
    HEARTH_STORAGE__MIN_FREE: "0",
    HEARTH_SERVER__LISTEN: `127.0.0.1:${ports.own}`,
    HEARTH_SERVER__TRUSTED_PROXIES: "127.0.0.1",
    HEARTH_PROXY__LISTEN: `127.0.0.1:${ports.proxy}`,
    HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${appPort}`,
    HEARTH_TRAFFIC__TRACK_IP: "true",
    HEARTH_METRICS__TOKEN: CANARIES.metrics,
    HEARTH_LOG__LEVEL: "debug",
    HEARTH_LOG__ACCESS: "true",
    HEARTH_LOG__FORMAT: "json",
  };
}
