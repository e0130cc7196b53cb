// A misbehaving app behind the proxy: clients get 502, 504 or a visible cut, in time; no POST is sent twice; each is
// recorded with its reason (trust.md P7).
//
//   chaos.mjs [--rounds 3]
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { readOptions } from "../faults/options.mjs";
import { freePort } from "../lib/port.mjs";
import { killAtExit, makeFolder } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";
import { slice } from "./content.mjs";
import { BROKEN_BODIES, GARBAGE, STAGES, WAYS, startMisbehaving } from "./misbehaviour.mjs";
import { isStandIn, startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";
import { Wire, connect, finalResponse, headText, responseFraming, write } from "./wire.mjs";

/** Each of the proxy's timeouts in this test. */
const TIMEOUT_MS = 1000;
/** Longest time from the last thing that either side did to the end of the exchange (trust.md P7). */
const HANG_LIMIT_MS = TIMEOUT_MS + 1000;
const CONCURRENCY = 16;
const IDLE_ROUNDS = 60;
const UPLOAD_BYTES = 3000;
const LARGE_UPLOAD_BYTES = 8 << 20;

/** A response that is complete before its request is no failure of the exchange; how the rest of the upload ended may be told. */
const ANY_OF_EARLY = [null, "upstream_closed", "upstream_broken", "client_gone", "client_timed_out"];

const options = readOptions(process.argv.slice(2), { rounds: 3 });

await trial(async () => {
  const app = await startMisbehaving();
  const proxy = await startProxy({ upstream: app.port, settings: await settings(app) });
  const results = [];
  for (let round = 0; round < options.rounds; round += 1) {
    // Fills the pool, so that cases meet connections that have been used before as well as new ones.
    await Promise.all(Array.from({ length: CONCURRENCY }, () => request(proxy.port, { method: "GET", target: "/other/ok" })));
    results.push(...await inTurn(cases(round).map((one) => () => run(proxy.port, one))));
  }
  for (const { one, got } of results) judge(app, one, got);
  results.push(...await inTurn(clientsThatLeave().map((one) => () => leave(proxy.port, app, one))));
  await idleConnections(proxy.port, app);
  tally.figure("chaos exchanges", results.length);
  tally.figure("chaos worst time ms", Math.round(Math.max(...results.map(({ got }) => got.ms))));
  tally.figure("chaos POSTs seen twice", results.filter(({ one }) => one.method === "POST" && app.seen.get(one.target) > 1).length);
  tally.figure("chaos cut responses whose head arrived", `${results.filter(({ one, got }) => one.cut && got.status).length} of ${results.filter(({ one }) => one.cut).length}`);
  await recorded(proxy, results);
  const alive = await request(proxy.port, { method: "GET", target: "/other/ok" });
  tally.check("the proxy serves on", alive.status === 200 && alive.body === "ok", JSON.stringify(alive));
  await proxy.stop();
});

/** Short timeouts, and upstreams of their own for what happens before a request is read. */
async function settings(app) {
  const file = path.join(makeFolder("config"), "hearth.toml");
  const upstreams = {
    "/refused": `http://127.0.0.1:${await freePort()}`,
    "/nameless": "http://hearth-test.invalid",
    "/no_tls": `https://127.0.0.1:${app.port}`,
    "/unanswered": `http://127.0.0.1:${await unansweredPort()}`,
    ...Object.fromEntries(WAYS.map((way) => [`/at_once/${way}`, `http://127.0.0.1:${app[`${way}AtOncePort`]}`])),
  };
  fs.writeFileSync(file, Object.entries(upstreams).map(([prefix, url]) => `[[proxy.upstreams]]\npath = "${prefix}"\nurl = "${url}"\n`).join("\n"));
  const timeouts = ["CONNECT", "RESPONSE", "STREAM", "CLIENT"].map((name) => [`PROXY__${name}_TIMEOUT`, `${TIMEOUT_MS}ms`]);
  return { CONFIG: file, ...Object.fromEntries(timeouts) };
}

/** A port whose connections are never established: its process is stopped and its queue of them full. */
async function unansweredPort() {
  const program = 'const s = require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port))';
  const child = killAtExit(spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] }));
  const port = Number(await new Promise((resolve) => child.stdout.once("data", (data) => resolve(data.toString()))));
  child.kill("SIGSTOP");
  // Two fit; the rest are left without an answer, as the proxy's will be.
  for (let i = 0; i < 4; i += 1) net.connect({ port, host: "127.0.0.1" }).on("error", () => {}).unref();
  return port;
}

/** The cases of a round. `statuses` are the answers that are right, `failures` the reasons that may be recorded. */
function cases(round) {
  const list = [];
  const add = (target, expected) => {
    for (const method of expected.methods ?? ["GET", "POST"]) list.push({ ...expected, method, target: `${target}/${method}/${round}` });
  };
  for (const [name, stage] of Object.entries(STAGES)) {
    for (const way of stage.ways ?? WAYS) add(`/stage/${name}/${way}`, { ...stage, ...(stage.head ? cut(way) : unanswered(way)) });
  }
  for (const name of Object.keys(GARBAGE)) add(`/garbage/${name}`, { statuses: [502], failures: ["upstream_invalid", "upstream_closed"] });
  for (const name of Object.keys(BROKEN_BODIES)) add(`/body/${name}`, { cut: true, statuses: [200], failures: ["upstream_broken", "upstream_invalid"] });
  add("/other/drip", { statuses: [200], failures: [null], body: "slow!" });
  add("/other/extra_bytes", { statuses: [200], failures: [null], body: "ok" });
  add("/other/endless_dripping_head", unanswered("stall"));
  add("/other/endless_interim", unanswered("stall"));
  add("/other/endless_head", { statuses: [502], failures: ["upstream_invalid", "upstream_closed"] });
  add("/other/endless_fields", { statuses: [502], failures: ["upstream_invalid", "upstream_closed"] });
  const early = { methods: ["POST"], upload: LARGE_UPLOAD_BYTES };
  add("/other/early_then_close", { ...early, statuses: [413], failures: ANY_OF_EARLY, body: "big" });
  add("/other/early_then_silence", { ...early, statuses: [413], failures: ANY_OF_EARLY, body: "big" });
  add("/other/early_then_reset", { ...early, statuses: [413, 502], failures: ANY_OF_EARLY });
  add("/other/early_then_reads", { ...early, statuses: [200], failures: [null], body: "ok" });
  if (!isStandIn) {
    add("/refused", { statuses: [502], failures: ["upstream_refused"] });
    add("/nameless", { statuses: [502], failures: ["upstream_refused"] });
    add("/no_tls", { statuses: [502, 504], failures: ["upstream_refused", "upstream_timed_out"] });
    add("/unanswered", { statuses: [504], failures: ["upstream_timed_out"] });
    for (const way of WAYS) add(`/at_once/${way}`, unanswered(way));
  }
  return list;
}

function unanswered(way) {
  return way === "stall" ? { statuses: [504], failures: ["upstream_timed_out"] } : { statuses: [502], failures: ["upstream_closed", "upstream_invalid"] };
}

function cut(way) {
  return { cut: true, statuses: [200], failures: [way === "stall" ? "upstream_stalled" : "upstream_broken"] };
}

/** Runs jobs, some at a time, in order. */
async function inTurn(jobs) {
  const results = [];
  const queue = jobs.entries();
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    for (const [i, job] of queue) results[i] = await job();
  }));
  return results;
}

async function run(port, one) {
  return { one, got: await request(port, one) };
}

/** Sends one request on a connection of its own: `{status, body, complete, ms}`; status undefined when no head came. */
async function request(port, { method, target, upload = UPLOAD_BYTES, expects = false, halfClose = false }) {
  const socket = await connect(port);
  socket.allowHalfOpen = true;
  const wire = new Wire(socket);
  const startedAt = performance.now();
  const got = { complete: false, body: "" };
  const late = setTimeout(() => { got.hung = true; socket.destroy(); }, 4 * HANG_LIMIT_MS);
  const fields = [["Host", "chaos.example"], ...(method === "POST" ? [["Content-Length", String(upload)]] : []), ...(expects ? [["Expect", "100-continue"]] : [])];
  await write(socket, headText(`${method} ${target} HTTP/1.1`, fields));
  let goOn;
  const allowed = new Promise((resolve) => { goOn = resolve; });
  if (!expects) goOn();
  const sending = method === "POST" ? allowed.then(() => sendUpload(socket, upload)) : Promise.resolve();
  if (halfClose) sending.then(() => socket.end());
  try {
    const answer = await finalResponse(wire, goOn);
    goOn();
    if (answer !== null) {
      got.status = answer.status;
      await wire.body(responseFraming(answer, method), (part) => { got.body += part.toString("latin1"); });
      got.complete = true;
    }
  } catch (error) {
    got.error = error.message;
  }
  goOn();
  got.ms = performance.now() - startedAt;
  clearTimeout(late);
  socket.destroy();
  await sending;
  return got;
}

async function sendUpload(socket, bytes) {
  for (let sent = 0; sent < bytes; sent += 64 << 10) {
    if (!(await write(socket, slice(sent, Math.min(64 << 10, bytes - sent))))) return;
  }
}

/** Whether an answer is what the case allows. */
function judge(app, one, got) {
  const name = `${one.method} ${one.target}`;
  tally.check(`${name}: ended within ${HANG_LIMIT_MS} ms`, !got.hung && got.ms <= HANG_LIMIT_MS, `${Math.round(got.ms)} ms`);
  if (one.cut) tally.check(`${name}: the cut is visible`, !got.complete && (got.status === undefined || one.statuses.includes(got.status)), JSON.stringify(got));
  else tally.check(`${name}: status ${one.statuses.join(" or ")}`, got.complete && one.statuses.includes(got.status), JSON.stringify(got).slice(0, 300));
  if (one.body !== undefined) tally.check(`${name}: the app's body`, got.body === one.body, JSON.stringify(got).slice(0, 300));
  const seen = app.seen.get(one.target) ?? 0;
  tally.check(`${name}: seen at most ${one.method === "POST" ? "once" : "twice"}`, seen <= (one.method === "POST" ? 1 : 2), seen);
}

/** Clients that go away: before the answer, in the middle of it, in the middle of their upload. */
function clientsThatLeave() {
  const list = [
    { method: "GET", target: "/other/silence/before/1", statuses: [499] },
    { method: "GET", target: "/other/endless_body/during/1", statuses: [200], afterHead: true },
    { method: "POST", target: "/other/silence/upload/1", statuses: [499], upload: LARGE_UPLOAD_BYTES },
  ];
  return list.map((one) => ({ ...one, failures: ["client_gone"], cut: true }));
}

async function leave(port, app, one) {
  const socket = await connect(port);
  const wire = new Wire(socket);
  const startedAt = performance.now();
  await write(socket, headText(`${one.method} ${one.target} HTTP/1.1`, [["Host", "chaos.example"], ...(one.upload ? [["Content-Length", String(one.upload)]] : [])]));
  if (one.upload) socket.write(slice(1, 1000));
  await until("the app sees it", () => app.seen.has(one.target));
  if (one.afterHead) await finalResponse(wire);
  socket.resetAndDestroy();
  const closed = await until("the app's connection is closed", () => app.closed.has(one.target), { withinMs: HANG_LIMIT_MS }).catch(() => false);
  tally.check(`${one.target}: the app's connection is closed when the client left`, closed);
  tally.check(`${one.target}: the app does not see a whole upload`, !(one.upload && app.uploaded.has(one.target)));
  return { one, got: { ms: performance.now() - startedAt } };
}

/**
 * Connections that the app closes or resets after an answer without saying so, as the next request may be on its way:
 * no GET fails, no POST arrives twice.
 */
async function idleConnections(port, app) {
  const failed = { GET: 0, POST: 0 };
  for (const ending of ["closes_unannounced", "resets_when_idle"]) {
    for (let i = 0; i < IDLE_ROUNDS; i += 1) {
      for (const method of ["GET", "POST"]) {
        const got = await request(port, { method, target: `/other/${ending}/${method}/${i}` });
        if (got.status !== 200 || got.body !== "ok") failed[method] += 1;
      }
    }
  }
  tally.check("no GET fails on a connection that the app ended", failed.GET === 0, failed.GET);
  tally.figure("chaos POSTs failed on a connection that the app ended", `${failed.POST} of ${2 * IDLE_ROUNDS}`);
  const twice = [...app.seen].filter(([target, count]) => /\/(closes_unannounced|resets_when_idle)\/POST/.test(target) && count > 1);
  tally.check("no POST arrives twice on a connection that the app ended", twice.length === 0, JSON.stringify(twice));
  if (isStandIn) return;
  // Not for long: a client that has ended its side and waits on is taken for gone after a moment (docs/proxy.md).
  const half = await request(port, { method: "GET", target: "/other/ok/half", halfClose: true });
  tally.check("a client that has ended its side still gets an answer that comes soon", half.body === "ok", JSON.stringify(half));
}

/** Each exchange is recorded once, with the status that its client got and a reason that fits. */
async function recorded(proxy, results) {
  if (!proxy.records) return;
  const total = results.length + options.rounds * CONCURRENCY + 4 * IDLE_ROUNDS + 1;
  const rows = await proxy.records.settled(total);
  tally.check("each exchange is recorded once", rows.length === total, `${rows.length} of ${total}`);
  const byUrl = new Map(rows.map((row) => [row.original_url, row]));
  for (const { one, got } of results) {
    const row = byUrl.get(one.target);
    const statusFits = row !== undefined && (one.cut ? one.statuses.includes(row.status_code) : row.status_code === got.status);
    tally.check(`${one.method} ${one.target}: recorded status`, statusFits, `${row?.status_code}, the client got ${got.status}`);
    tally.check(`${one.method} ${one.target}: recorded reason`, row !== undefined && one.failures.includes(row.failure), `${row?.failure}, may be ${one.failures.join(", ")}`);
  }
  tally.figure("chaos records", rows.length);
}
