// A page that posts straight to Hearth, which is another origin: CORS decides whether anything works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VIEWPORT } from "./chromium.mjs";
import { useSetting } from "./setting.mjs";
import { expectStoredOnce, storedRows } from "./stored.mjs";
import { startVisit } from "./visit.mjs";

const setting = useSetting();

test("batches pass the preflight, are stored once, and the browser has nothing to complain about", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  await visit.page.mouse.click(200, 120);
  await visit.flush();
  await visit.page.evaluate(() => window.tracker.track("plain"));
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  assert.deepEqual((await storedRows(setting.hearth, visit)).map(({ type }) => type).filter((type) => type !== "move"), ["pageview", "click", "custom"]);
  assert.deepEqual(visit.complaints, []);
  assert.equal(visit.resentCount(), 0, "the SDK had to send something again");
  await visit.end();
});

test("a batch with a token passes the preflight too", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  await visit.page.evaluate(() => { window.tracker.setAuthToken("some.bearer.token"); window.tracker.track("with-token"); });
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  assert.deepEqual(visit.complaints, []);
  await visit.end();
});

test("the page can read a refusal: its status, its code and when to come back", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  const refusal = await visit.page.evaluate(async ({ endpoint }) => {
    const answer = await fetch(endpoint, { method: "POST", headers: { "content-type": "application/json", "x-project-key": "hk_unknown" }, body: "{}" });
    const { code, requestId } = await answer.json();
    return { status: answer.status, code, sameId: requestId === answer.headers.get("x-request-id") };
  }, setting.crossOrigin);
  assert.ok(refusal.status === 401 || refusal.status === 403, `answered ${refusal.status}`);
  assert.equal(typeof refusal.code, "string");
  assert.ok(refusal.sameId, "X-Request-Id is not readable");
  await visit.end();
});

test("a dashboard of another origin can read with a token, counters included", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  const path = `${setting.hearth.base}/api/projects/${setting.project}/events?limit=1000`;
  const token = setting.hearth.readToken;
  const seen = await visit.page.evaluate(async ({ path, token }) => {
    const byHeader = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
    const byParameter = await fetch(`${path}&token=${encodeURIComponent(token)}`);
    const refused = await fetch(path);
    return { byHeader: byHeader.status, byParameter: byParameter.status, refused: refused.status, rows: (await byParameter.json()).events.length, total: byParameter.headers.get("x-total-count") };
  }, { path, token });
  assert.deepEqual({ byHeader: seen.byHeader, byParameter: seen.byParameter, refused: seen.refused }, { byHeader: 200, byParameter: 200, refused: 401 });
  assert.ok(seen.rows > 0);
  assert.equal(seen.total, String(seen.rows));
  await visit.end();
});
