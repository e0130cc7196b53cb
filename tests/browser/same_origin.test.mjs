// A visit through the site's own reverse proxy: everything the SDK captures arrives, and the API shows it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VIEWPORT } from "./chromium.mjs";
import { useSetting } from "./setting.mjs";
import { expectStoredOnce, readApi, storedRows } from "./stored.mjs";
import { startVisit } from "./visit.mjs";

const setting = useSetting();

/** Clicks, scrolls, navigates, identifies and tracks once each; the clicks are [x, y] of the document. */
const actAround = async (visit) => {
  const { page } = visit;
  await page.mouse.click(200, 120);
  await page.mouse.click(640, 360);
  await page.evaluate(() => window.scrollTo(0, 1000));
  await visit.settle();
  await page.mouse.click(300, 500);
  await page.mouse.move(900, 600, { steps: 20 });
  await page.evaluate(() => {
    history.pushState(null, "", "/shop/42?ref=a%20b#top");
    window.tracker.identify("user-7", { plan: "pro" });
    window.tracker.track("signup", { plan: "pro", seats: 3 });
  });
  await visit.flush();
  return [[200, 120], [640, 360], [300, 1500]];
};

test("clicks, moves, scrolling, navigation and custom events are all there, once", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.sameOrigin, { viewport: VIEWPORT });
  const clicks = await actAround(visit);
  await expectStoredOnce(setting.hearth, visit);

  const rows = await storedRows(setting.hearth, visit);
  const ofType = (type) => rows.filter((row) => row.type === type);
  assert.deepEqual(ofType("click").map(({ x, y }) => [x, y]), clicks);
  assert.equal(ofType("click")[0].selector, "button#buy");
  assert.deepEqual(ofType("pageview").map(({ path }) => path), ["/", "/shop/42?ref=a%20b#top"]);
  assert.equal(ofType("custom").length, 1);
  assert.deepEqual(ofType("scroll").map(({ scrollDepth }) => scrollDepth), [Math.round((1000 / (4000 - VIEWPORT.height)) * 100)]);
  assert.ok(ofType("move").length > 0, "no way of the pointer");
  await visit.end();
});

test("the heatmap shows the clicks where they were", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.sameOrigin, { viewport: VIEWPORT });
  await visit.page.evaluate(() => history.replaceState(null, "", "/heat"));
  for (const [x, y] of [[400, 300], [400, 300], [1000, 650]]) await visit.page.mouse.click(x, y);
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);

  const resolution = 64;
  const heatmap = await readApi(setting.hearth, `/api/projects/${setting.project}/heatmap?type=click&path=%2Fheat&resolution=${resolution}`);
  assert.equal(heatmap.meta.total, 3);
  assert.equal(heatmap.meta.plotted, 3);
  const cell = { w: heatmap.meta.viewport.w / resolution, h: heatmap.meta.renderHeight / resolution };
  const at = (x, y) => heatmap.points.filter((point) => Math.abs(point.x - x) <= cell.w && Math.abs(point.y - y) <= cell.h).reduce((sum, { value }) => sum + value, 0);
  assert.equal(at(400, 300), 2);
  assert.equal(at(1000, 650), 1);
  await visit.end();
});

test("the session knows its user, its first page and how many rows it has", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.sameOrigin, { viewport: VIEWPORT });
  await actAround(visit);
  await expectStoredOnce(setting.hearth, visit);

  const { sessions } = await readApi(setting.hearth, `/api/projects/${setting.project}/sessions?limit=200`);
  const session = sessions.find(({ sessionId }) => sessionId === visit.sessionId());
  assert.equal(session.firstPath, "/");
  assert.equal(session.eventCount, (await storedRows(setting.hearth, visit)).length);
  assert.equal(typeof session.userId, "string");
  const detail = await readApi(setting.hearth, `/api/sessions/${visit.sessionId()}`);
  assert.equal(detail.session.projectId, setting.project);
  assert.equal(detail.session.userId, session.userId);
  assert.match(detail.session.userAgent, /Chrome/);
  await visit.end();
});

test("what the original threw away is in our own API: names, props, traits, the page before", async () => {
  const visit = await startVisit(setting.browser, setting.site, { ...setting.sameOrigin, app: { name: "shop", version: "1.2.3" } }, { viewport: VIEWPORT });
  await actAround(visit);
  await expectStoredOnce(setting.hearth, visit);

  const own = `/api/v1/projects/${setting.project}/sessions/${visit.sessionId()}`;
  const { events } = await readApi(setting.hearth, `${own}/timeline?limit=500`);
  const custom = events.find(({ type }) => type === "custom");
  assert.equal(custom.name, "signup");
  assert.deepEqual(custom.detail, { plan: "pro", seats: 3 });
  const navigated = events.filter(({ type }) => type === "pageview").at(-1);
  assert.equal(navigated.to, "/shop/42?ref=a%20b#top");
  assert.equal(navigated.detail.from, "/");
  const { session, user } = await readApi(setting.hearth, own);
  assert.equal(user.external_id, "user-7");
  assert.deepEqual(user.traits, { plan: "pro" });
  assert.equal(session.client.app.name, "shop");
  await visit.end();
});
