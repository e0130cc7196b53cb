// Clients that behave as the api and web SDKs do, through refusals, page loads and shutdowns.
//
//   HEARTH_BIN=target/debug/hearth node tests/datalyr/clients.mjs
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { Tally } from "../conformance/bad_inputs/tally.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { killAtExit } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";
import { ApiClient } from "./api_client.mjs";
import { ORIGIN, startInstallation } from "./installation.mjs";
import { WebClient } from "./web_client.mjs";

const HASTE = 20;

/** A burst of this many events is more than a window takes. */
const LIMIT = 30;

const tally = new Tally();
const installation = await startInstallation();
const { read, key } = installation.p1;
const limited = await startInstallation({ DATALYR__RATE_LIMIT__MAX_EVENTS: LIMIT, DATALYR__RATE_LIMIT__WINDOW: "1s" });

const api = (more = {}) => new ApiClient({ host: `${installation.hearth.base}/track`, apiKey: key, haste: HASTE, ...more });
const page = (storage = new Map(), more = {}) =>
  new WebClient({ endpoint: installation.hearth.base, workspaceId: "ws_1", origin: ORIGIN, storage, haste: HASTE, ...more });

const expectOnce = async (ids, { p1 } = installation) => { for (const id of ids) assert.equal(await p1.read.count(id), 1, id); };

const idle = (client) => until("everything is delivered", () => client.isIdle, { withinMs: 30_000 });

await tally.run("api: one post for each event, ten at a time at most", async () => {
  let most = 0;
  let now = 0;
  const counting = async (...request) => {
    now += 1;
    most = Math.max(most, now);
    try { return await fetch(...request); } finally { now -= 1; }
  };
  const client = api({ fetch: counting });
  const ids = Array.from({ length: 25 }, (_, n) => client.track({ userId: `u${n % 3}`, event: "tracked", properties: { n } }));
  await client.close();
  assert.equal(most, 10);
  assert.deepEqual([...client.statuses], [[200, 25]]);
  await expectOnce(ids);
});

await tally.run("api: refused for the rate, tried again, taken", async () => {
  const client = api({ host: `${limited.hearth.base}/track` });
  const ids = Array.from({ length: LIMIT * 2 }, () => client.track({ userId: "burst", event: "tracked" }));
  await client.close();
  assert.ok(client.statuses.get(429) > 0, JSON.stringify([...client.statuses]));
  assert.deepEqual(client.dropped, []);
  await expectOnce(ids, limited);
});

await tally.run("api: a wrong key is final", async () => {
  const client = api({ apiKey: "dk_wrong" });
  const id = client.track({ event: "tracked" });
  await client.close();
  assert.deepEqual(client.dropped.map(({ eventId, status }) => [eventId, status]), [[id, 401]]);
  assert.deepEqual([...client.statuses], [[401, 1]]);
});

await tally.run("api: SIGTERM delivers what is queued", async () => {
  const app = killAtExit(spawn(process.execPath, [fileURLToPath(new URL("api_app.mjs", import.meta.url)), `${installation.hearth.base}/track`, key, String(LIMIT * 2)], { stdio: ["ignore", "pipe", "inherit"] }));
  let printed = "";
  app.stdout.on("data", (data) => { printed += data; });
  await until("it has begun", () => printed.endsWith("\n"));
  const ended = new Promise((resolve) => app.once("exit", resolve));
  app.kill("SIGTERM");
  assert.equal(await ended, 0);
  await expectOnce(JSON.parse(printed));
});

await tally.run("web: batches of ten, and what is critical alone and at once", async () => {
  const client = page();
  const ids = Array.from({ length: 10 }, () => client.track("pageview"));
  const purchase = client.track("purchase", { value: 5 });
  await idle(client);
  assert.deepEqual([...client.statuses], [[200, 2]]);
  await expectOnce([...ids, purchase]);
  assert.equal((await read.event(purchase)).channel, "web");
  await client.leave();
});

await tally.run("web: a refused batch waits as long as it is told, and arrives", async () => {
  const client = page(new Map(), { endpoint: limited.hearth.base });
  const ids = Array.from({ length: LIMIT * 2 }, () => client.track("pageview"));
  await until("a batch is refused", async () => { await client.flush(); return client.statuses.get(429) > 0; });
  await idle(client);
  assert.deepEqual(client.dropped, []);
  await expectOnce(ids, limited);
  await client.leave();
});

await tally.run("web: what a page leaves behind arrives twice and counts once", async () => {
  const storage = new Map();
  const first = page(storage);
  const ids = Array.from({ length: 7 }, () => first.track("pageview"));
  await first.leave();
  await expectOnce(ids);
  const second = page(storage);
  await idle(second);
  assert.deepEqual([...second.statuses], [[200, 1]]);
  await expectOnce(ids);
  assert.equal(second.visitor, first.visitor);
  await second.leave();
});

await tally.run("web: large bodies without keepalive, beacons in pieces", async () => {
  const storage = new Map();
  const client = page(storage);
  const ids = Array.from({ length: 10 }, () => client.track("pageview", { text: "x".repeat(9000) }));
  await idle(client);
  assert.deepEqual(client.requests.map(({ keepalive }) => keepalive), [false]);
  const more = Array.from({ length: 9 }, () => client.track("pageview", { text: "y".repeat(9000) }));
  await client.leave();
  const beacons = client.requests.slice(1);
  assert.ok(beacons.length > 1 && beacons.every(({ bytes }) => bytes <= 60_000), JSON.stringify(beacons));
  await expectOnce([...ids, ...more]);
});

await tally.run("web: an origin that is not allowed is parked, not dropped", async () => {
  const client = page(new Map(), { origin: "https://evil.example" });
  const id = client.track("purchase");
  await until("it is refused", () => client.statuses.get(403) > 0);
  assert.deepEqual(client.dropped, []);
  assert.equal(client.storage.get("parked").length, 1);
  assert.equal(await read.count(id), 0);
  await client.leave();
});

await tally.run("web: no server at all, then one", async () => {
  const storage = new Map();
  const { hearth } = installation;
  await hearth.stop();
  const client = page(storage);
  const ids = Array.from({ length: 15 }, () => client.track("pageview"));
  await until("it has tried", () => client.statuses.get(0) > 1);
  await installation.restart("kill");
  await idle(client);
  await expectOnce(ids);
  await client.leave();
});

await tally.run("both: an answer that gets lost on the way makes no second event", async () => {
  const lossy = await startLossyWay();
  const [server, browser] = [api({ host: `${lossy.base}/track` }), page(new Map(), { endpoint: lossy.base })];
  const ids = [server.track({ userId: "lossy", event: "purchase", properties: { value: 3 } }), browser.track("purchase", { value: 4 })];
  await server.close();
  await idle(browser);
  assert.equal(server.statuses.get(0), 1);
  assert.equal(browser.statuses.get(0), 1);
  await expectOnce(ids);
  await browser.leave();
  lossy.server.close();
  lossy.server.closeAllConnections();
});

await tally.run("clients: Hearth stops in good order", async () => {
  await installation.hearth.stop();
  await limited.hearth.stop();
});
process.exit(tally.finish());

/** A way to Hearth that loses the first answer to each path. */
async function startLossyWay() {
  const lost = new Set();
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { host, connection, ...headers } = request.headers;
    const answer = await fetch(installation.hearth.base + request.url, { method: request.method, headers, body: Buffer.concat(parts) });
    const text = await answer.text();
    if (!lost.has(request.url)) {
      lost.add(request.url);
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  });
  const port = await listenOnLoopback(server);
  return { server, base: `http://127.0.0.1:${port}` };
}
