// A page of another origin in real Chromium does what the web SDK does: what CORS lets through is what counts.
//
//   HEARTH_BIN=target/debug/hearth CHROMIUM=/usr/bin/chromium node tests/datalyr/browser.mjs
import assert from "node:assert/strict";
import http from "node:http";
import { launchBrowser } from "../browser/chromium.mjs";
import { Tally } from "../conformance/bad_inputs/tally.mjs";
import { uuid, webBatch, webEvent } from "../conformance/datalyr/world.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { until } from "../lib/until.mjs";
import { startInstallation } from "./installation.mjs";

/** More events than this in ten seconds are refused. */
const LIMIT = 60;

const tally = new Tally();
const site = http.createServer((request, response) => {
  if (request.url === "/favicon.ico") response.writeHead(204).end();
  else response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end("<!doctype html><title>shop</title>");
});
const sitePort = await listenOnLoopback(site);
const origin = `http://127.0.0.1:${sitePort}`;
const installation = await startInstallation({ DATALYR__RATE_LIMIT__MAX_EVENTS: LIMIT, DATALYR__RATE_LIMIT__WINDOW: "10s" }, { origins: [origin] });
const { read } = installation.p1;
const base = installation.hearth.base;
const browser = await launchBrowser();
const context = await browser.newContext();
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
await page.goto(`${origin}/landing`);

/** The SDK's fetch of a batch, in the page; what the page can read of the answer. */
const send = (batch, { endpoint = `${base}/` } = {}) =>
  page.evaluate(async ({ endpoint: url, body, count }) => {
    try {
      const answer = await fetch(url, {
        method: "POST", body, credentials: "include", keepalive: body.length <= 60_000,
        headers: { "Content-Type": "application/json", "X-Batch-Size": String(count) },
      });
      return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.json() };
    } catch (error) { return { error: error.message }; }
  }, { endpoint, body: JSON.stringify(batch), count: batch.events?.length ?? 0 });

await tally.run("browser: a batch with credentials lands, and the page can read the answer", async () => {
  await context.addCookies([{ name: "__dl_visitor_id", value: "anon_x", url: base }]);
  const events = [webEvent(), webEvent()];
  assert.deepEqual(await send(webBatch(events)), { status: 200, retryAfter: null, body: { success: true, accepted: 2, duplicates: 0, rejected: 0 } });
  for (const { event_id: id } of events) assert.equal(await read.count(id), 1);
  assert.deepEqual(complaints, []);
});

await tally.run("browser: a body too large for keepalive lands", async () => {
  const event = webEvent({ data: { text: "x".repeat(70_000) } });
  assert.equal((await send(webBatch([event]))).status, 200);
  assert.equal(await read.count(event.event_id), 1);
});

await tally.run("browser: the container and the consent policy can be read", async () => {
  const seen = await page.evaluate(async (url) => {
    const container = await fetch(`${url}/container-scripts`, { method: "POST", headers: { "Content-Type": "application/json", "X-Container-Version": "1.0" }, body: '{"workspaceId":"ws_1"}' });
    const slashed = await fetch(`${url}//container-scripts`, { method: "POST", headers: { "Content-Type": "application/json", "X-Container-Version": "1.0" }, body: '{"workspaceId":"ws_1"}' });
    const policy = await fetch(`${url}/sdk-consent-policy?ws=ws_1`, { credentials: "omit" });
    return { container: await container.json(), slashed: slashed.status, policy: [policy.status, typeof (await policy.json())] };
  }, base);
  assert.deepEqual([seen.container.scripts, seen.container.pixels], [[], null]);
  assert.equal(seen.slashed, 200);
  assert.deepEqual(seen.policy, [200, "object"]);
});

await tally.run("browser: the page can read refusals", async () => {
  const unknown = await send(webBatch([webEvent({ workspace_id: "ws_nobody" })]));
  assert.deepEqual([unknown.status, unknown.body?.error?.code], [401, "unknown_workspace"], JSON.stringify(unknown));
  const broken = await page.evaluate(async (url) => (await fetch(url, { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: "{" })).status, `${base}/`);
  assert.equal(broken, 400);
});

await tally.run("browser: the beacon of a page that is left lands, and the next page's copy counts once", async () => {
  const event = webEvent({ name: "left" });
  const body = JSON.stringify(webBatch([event]));
  await page.evaluate(({ url, text }) => {
    addEventListener("pagehide", () => navigator.sendBeacon(url, new Blob([text], { type: "application/json" })));
  }, { url: `${base}/`, text: body });
  await page.goto(`${origin}/next`);
  await until("the beacon has landed", async () => (await read.count(event.event_id)) === 1);
  const again = await send({ ...JSON.parse(body), batchId: uuid() });
  assert.deepEqual(again.body, { success: true, accepted: 0, duplicates: 1, rejected: 0 });
  assert.equal(await read.count(event.event_id), 1);
});

await tally.run("browser: the page can read when to come back", async () => {
  const refused = await send(webBatch(Array.from({ length: LIMIT }, () => webEvent())));
  assert.equal(refused.status, 429, JSON.stringify(refused));
  assert.match(refused.retryAfter ?? "", /^([1-9]|[12]\d|30)$/);
});

await tally.run("browser: a page of an origin that is not allowed can read that it is not", async () => {
  await page.goto(`http://localhost:${sitePort}/foreign`);
  const event = webEvent();
  const refused = await send(webBatch([event]));
  assert.deepEqual([refused.status, refused.body?.error?.code], [403, "origin_not_allowed"], JSON.stringify(refused));
  assert.equal(await read.count(event.event_id), 0);
});

await browser.close();
await tally.run("browser: Hearth stops in good order", () => installation.hearth.stop());
site.close();
site.closeAllConnections();
process.exit(tally.finish());
