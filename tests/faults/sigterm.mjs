import { createServer, request } from "node:http";
import { join } from "node:path";
import { makePlan } from "./batches.mjs";
import { isSuccess, load } from "./client.mjs";
import { checkComparison, compare } from "./compare.mjs";
import { openWebsocket } from "./frames.mjs";
import { History } from "./history.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** SIGTERM to the end of the process, in ms (trust.md D17). */
const STOP_LIMIT_MS = 10_000;
/** How long the app behind the proxy takes for an answer: the stop comes in the middle of some of them. */
const UPSTREAM_MS = 700;
const GOING_AWAY = 1001;
const BASE_MS = Date.now() - 3 * 3_600_000;
const STOP_AFTER_MS = { least: 300, most: 1500 };

const options = readOptions(process.argv.slice(2), { binary: "", work: "", cycles: 20, connections: 32 });
const tally = new Tally();
const database = join(options.work, "hearth.db");
const totals = { acked: 0, lost: 0, proxied: 0, cut: 0, worstStopMs: 0 };

await tally.run(async () => {
  const app = createServer((_, answer) => setTimeout(() => answer.end("slow but sure"), UPSTREAM_MS));
  await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
  const proxyPort = await freePort();
  const server = new Hearth({
    binary: options.binary,
    database,
    port: await freePort(),
    log: join(options.work, "hearth.log"),
    settings: {
      HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`,
      HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${app.address().port}`,
      HEARTH_TRAFFIC__DASHBOARD__LIVE_MODE: "socket",
      HEARTH_SERVER__SHUTDOWN_TIMEOUT: "8s",
    },
  });
  for (let time = 0; time < options.cycles; time += 1) await once(server, proxyPort, time);
  // All of it is still there in the end, each time's in projects of its own.
  server.start();
  tally.check("ready after the last stop", await server.ready());
  for (let time = 0; time < options.cycles; time += 1) {
    const seen = await compare({ port: server.port, ...planOf(time) });
    checkComparison(tally, `time ${time}: acked = stored`, seen);
    totals.acked += seen.acked;
    totals.lost += seen.lost;
  }
  await server.end("SIGTERM");
  const integrity = await integrityCheck(database);
  tally.check("integrity_check at the end", integrity === "ok", integrity);
  app.closeAllConnections();
  app.close();
  tally.figure("sigterm times", options.cycles);
  tally.figure("sigterm rows acked", totals.acked);
  tally.figure("sigterm rows lost", totals.lost);
  tally.figure("sigterm proxied requests answered", totals.proxied);
  tally.figure("sigterm answers cut short", totals.cut);
  tally.figure("sigterm worst stop ms", Math.round(totals.worstStopMs));
});

/** Load, watchers, requests through the proxy, and SIGTERM in the middle of it. */
async function once(server, proxyPort, time) {
  server.start();
  tally.check(`time ${time}: ready`, await server.ready());
  const { plan, historyPath } = planOf(time);
  const history = await History.create(historyPath);
  const state = { stopping: false, n: 0 };
  const broken = new Map();
  const loading = load({
    port: server.port,
    plan,
    history,
    connections: options.connections,
    next: () => state.n++,
    stop: () => state.stopping && !server.running,
  });
  const watchers = await Promise.all([
    openWebsocket(server.port, "/live"),
    openWebsocket(server.port, "/traffic-dashboard/socket.io/?EIO=4&transport=websocket"),
  ]);
  tally.check(`time ${time}: both watch`, watchers.every(({ status }) => status === 101), watchers.map(({ status }) => status).join());
  const app = appClients(proxyPort, state, broken);
  await pause(STOP_AFTER_MS.least + Math.random() * (STOP_AFTER_MS.most - STOP_AFTER_MS.least));
  state.stopping = true;
  const asked = performance.now();
  const end = await server.end("SIGTERM", STOP_LIMIT_MS + 5_000);
  const stopMs = (end?.at ?? Infinity) - asked;
  totals.worstStopMs = Math.max(totals.worstStopMs, stopMs);
  tally.check(`time ${time}: exit code 0`, end?.code === 0, JSON.stringify(end));
  tally.check(`time ${time}: within ${STOP_LIMIT_MS} ms`, stopMs <= STOP_LIMIT_MS, stopMs);
  const codes = await Promise.all(watchers.map(({ closed }) => closed));
  tally.check(`time ${time}: watchers are told that the server goes away`, codes.every((code) => code === GOING_AWAY), codes.join());
  const statuses = await loading;
  await history.close();
  const refused = [...statuses].filter(([status]) => !isSuccess(status) && status !== 503 && status !== 429);
  tally.check(`time ${time}: nothing but 2xx and overload`, refused.length === 0, JSON.stringify(refused));
  totals.proxied += await app;
  totals.cut += broken.get("cut short") ?? 0;
  tally.check(`time ${time}: each request under way is answered or cleanly closed`, (broken.get("cut short") ?? 0) === 0, JSON.stringify([...broken]));
}

/** Clients of the app that send one request after the other until the stop; resolves to how many were answered. */
async function appClients(port, state, broken) {
  const answered = await Promise.all(Array.from({ length: 8 }, async () => {
    let count = 0;
    while (!state.stopping) {
      const outcome = await viaProxy(port);
      if (outcome === "answered") count += 1;
      else broken.set(outcome, (broken.get(outcome) ?? 0) + 1);
      if (outcome === "not connected") return count;
    }
    return count;
  }));
  return answered.reduce((sum, count) => sum + count, 0);
}

/** One request on a connection of its own: "answered", "not connected" (never taken), or "cut short". */
function viaProxy(port) {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, path: "/", agent: false }, (answer) => {
      answer.once("aborted", () => resolve("cut short"));
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode === 200 ? "answered" : `status ${answer.statusCode}`));
    });
    sent.once("error", (error) => resolve(error.code === "ECONNREFUSED" ? "not connected" : "cut short"));
    sent.end();
  });
}

/** Each time has its own projects, so that comparing one costs the same in the last as in the first. */
function planOf(time) {
  return {
    plan: makePlan({ label: `t${time}`, baseMs: BASE_MS }),
    historyPath: join(options.work, `history-${time}.log`),
  };
}
