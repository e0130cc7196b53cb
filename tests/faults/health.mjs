import { execFileSync, spawn } from "node:child_process";
import { openSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { get } from "./http.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** How long health may go on saying what is not so, in ms (trust.md R9). */
const FLIP_LIMIT_MS = 10_000;
const MIB = 1 << 20;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", disk: "" });
const tally = new Tally();
const worst = { flip: 0, back: 0 };

await tally.run(async () => {
  const upstream = await hangingUpstream();
  const ports = { own: await freePort(), proxy: await freePort(), metrics: await freePort() };
  const server = new Hearth({
    binary: options.binary,
    database: join(options.disk, "health.db"),
    port: ports.own,
    log: join(options.work, "hearth.log"),
    settings: {
      HEARTH_PROXY__LISTEN: `127.0.0.1:${ports.proxy}`,
      HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${upstream.port}`,
      HEARTH_METRICS__LISTEN: `127.0.0.1:${ports.metrics}`,
      HEARTH_STORAGE__MIN_FREE: "8MiB",
      HEARTH_SERVER__SHUTDOWN_TIMEOUT: "8s",
    },
  });
  server.start();
  tally.check("ready", await server.ready(), "see hearth.log");
  await lockedFile(server);
  await stoppedWriter(server);
  await fullDisk(server);
  await silentUpstream(server, ports, upstream);
  await stopping(server, ports, upstream);
  await uncleanStop(server);
  await damagedFile(server);
  upstream.server.closeAllConnections();
  upstream.server.close();
  tally.figure("health worst time to tell ms", Math.round(worst.flip));
  tally.figure("health worst time to be well again ms", Math.round(worst.back));
});

/** Another program holds the lock of the file. */
async function lockedFile(server) {
  const locker = spawn("sqlite3", [server.database], { stdio: ["pipe", "pipe", "inherit"] });
  locker.stdin.write("BEGIN IMMEDIATE;\nSELECT 'locked';\n");
  await new Promise((resolve) => locker.stdout.once("data", resolve));
  await tells(server, "locked file", 503, "database_locked");
  locker.stdin.end("ROLLBACK;\n");
  await wellAgain(server, "locked file");
}

/** The writer's thread does not run: each of its system calls is held up, and only its. */
async function stoppedWriter(server) {
  const thread = readdirSync(`/proc/${server.pid}/task`)
    .find((tid) => readFileSync(`/proc/${server.pid}/task/${tid}/comm`, "utf8").trim() === "store-writer");
  const tracer = spawn("strace", ["-qq", "-o", "/dev/null", "-e", "inject=all:delay_enter=30000000", "-p", thread], { stdio: "ignore" });
  const ended = new Promise((resolve) => tracer.once("exit", resolve));
  await tells(server, "stopped writer", 503, "writer_silent");
  tracer.kill("SIGKILL");
  await ended;
  await wellAgain(server, "stopped writer");
}

/** The disk has less space than storage.min_free. */
async function fullDisk(server) {
  const ballast = join(options.disk, "ballast");
  const file = openSync(ballast, "w");
  const block = Buffer.alloc(MIB);
  const free = () => { const { bavail, bsize } = statfsSync(options.disk); return bavail * bsize; };
  while (free() > 4 * MIB) writeSync(file, block);
  closeSync(file);
  await tells(server, "full disk", 503, "below_floor");
  rmSync(ballast);
  await wellAgain(server, "full disk");
}

/** The app behind the proxy takes requests and says nothing: batches are taken, but somebody should look. */
async function silentUpstream(server, ports, upstream) {
  const answered = proxied(ports.proxy);
  await tells(server, "silent upstream", 200, "upstream_silent");
  const { text } = await get(ports.metrics, "/metrics");
  tally.check("silent upstream: the metrics say so", /^hearth_check_status\{check="proxy:upstreams"\} 1$/m.test(text));
  upstream.release();
  tally.check("silent upstream: the request is answered in the end", (await answered) === 200);
  await wellAgain(server, "silent upstream");
}

/** A request is under way while Hearth is told to stop. */
async function stopping(server, ports, upstream) {
  const answered = proxied(ports.proxy);
  await new Promise((resolve) => upstream.server.once("request", resolve));
  const end = server.end("SIGTERM");
  const ready = await readiness(ports.metrics, 503, "stopping");
  tally.check("stop: /readyz says so while requests are finished", ready !== null);
  upstream.release();
  tally.check("stop: the request under way is answered", (await answered) === 200);
  tally.check("stop: exit code 0", (await end)?.code === 0);
}

/** A process that was killed leaves a file that the next one looks at. */
async function uncleanStop(server) {
  server.start();
  tally.check("after a stop in order: ready", await server.ready());
  await server.end("SIGKILL");
  const before = readFileSync(server.log, "utf8").length;
  server.settings.HEARTH_LOG__LEVEL = "info";
  server.start();
  tally.check("after a kill: ready", await server.ready());
  const isTold = async () => readFileSync(server.log, "utf8").slice(before).includes("the file is sound");
  tally.check("after a kill: the file is looked at", await within(FLIP_LIMIT_MS, isTold));
  const { text } = await get(server.port, "/readyz");
  tally.check("after a kill: and it is sound", JSON.parse(text).checks["database:integrity"][0].status === "pass", text);
}

/** A page of the file is overwritten while nobody has it open, after a kill. */
async function damagedFile(server) {
  await server.end("SIGKILL");
  execFileSync("sqlite3", [server.database, "PRAGMA wal_checkpoint(TRUNCATE)"]);
  const root = execFileSync("sqlite3", [server.database, "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'heat_chunk'"]);
  const page = Number(root.toString().trim().split("\n")[0]);
  const bytes = readFileSync(server.database);
  bytes.fill(0xff, (page - 1) * 4096, page * 4096);
  writeFileSync(server.database, bytes);
  server.start();
  // Not ready(): it waits for 200.
  const ready = await readiness(server.port, 503, "database_damaged");
  tally.check("damaged file: /readyz says so", ready !== null, await get(server.port, "/readyz").then(({ text }) => text, String));
  const health = await get(server.port, "/healthz").catch(() => null);
  tally.check("damaged file: the process answers", health?.status === 200);
  await server.end("SIGKILL");
}

/** Checks that /readyz comes to say so in time, while /healthz goes on as before. */
async function tells(server, name, status, reason) {
  const took = await readiness(server.port, status, reason);
  tally.check(`${name}: told within ${FLIP_LIMIT_MS} ms`, took !== null, await get(server.port, "/readyz").then(({ text }) => text, String));
  worst.flip = Math.max(worst.flip, took ?? FLIP_LIMIT_MS);
  const health = await get(server.port, "/healthz");
  tally.check(`${name}: the process answers`, health.status === 200, health.text);
}

async function wellAgain(server, name) {
  const took = await readiness(server.port, 200, undefined);
  tally.check(`${name}: well again within ${FLIP_LIMIT_MS} ms`, took !== null, await get(server.port, "/readyz").then(({ text }) => text, String));
  worst.back = Math.max(worst.back, took ?? FLIP_LIMIT_MS);
}

/** How long it took until /readyz said so, or null. */
async function readiness(port, status, reason) {
  const started = performance.now();
  const says = async () => {
    const answer = await get(port, "/readyz").catch(() => null);
    return answer?.status === status && JSON.parse(answer.text).reason === reason;
  };
  return (await within(FLIP_LIMIT_MS, says)) ? performance.now() - started : null;
}

async function within(limitMs, condition) {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    if (await condition()) return true;
    await pause(50);
  }
  return false;
}

/** Sends a request through the proxy; resolves to its status, or to why there was none. */
function proxied(port) {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, path: "/slow" }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode));
    });
    sent.once("error", (error) => resolve(error.message));
    sent.end();
  });
}

/** An app that answers only when it is told to. */
async function hangingUpstream() {
  const waiting = [];
  const server = createServer((_, answer) => waiting.push(answer));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: server.address().port, release: () => waiting.splice(0).forEach((answer) => answer.end("done")) };
}
