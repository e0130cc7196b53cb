// The network and the server fail, the SDK sends again and again: everything arrives in the end, and once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { until } from "../lib/until.mjs";
import { VIEWPORT } from "./chromium.mjs";
import { useSetting } from "./setting.mjs";
import { expectStoredOnce, storedRows } from "./stored.mjs";
import { startVisit } from "./visit.mjs";

const setting = useSetting();

const clicksOf = async (visit) => (await storedRows(setting.hearth, visit)).filter(({ type }) => type === "click").map(({ x, y }) => [x, y]);

test("a browser that goes offline and comes back delivers what happened meanwhile", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  await visit.page.mouse.click(10, 600);
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  await visit.context.setOffline(true);
  await visit.page.mouse.click(20, 600);
  const failed = visit.page.waitForEvent("requestfailed");
  await visit.flush();
  await failed;
  await visit.page.mouse.click(30, 600);
  await visit.context.setOffline(false);
  await until("the clicks made offline arrive", async () => (await clicksOf(visit)).length === 3, { withinMs: 30_000 });
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  assert.deepEqual(await clicksOf(visit), [[10, 600], [20, 600], [30, 600]]);
  await visit.end();
});

test("a server that stops and starts again loses nothing and doubles nothing", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.crossOrigin, { viewport: VIEWPORT });
  await visit.page.mouse.click(10, 500);
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  const { folder, port } = setting.hearth;
  await setting.hearth.stop();
  await visit.page.mouse.click(20, 500);
  const failed = visit.page.waitForEvent("requestfailed");
  await visit.flush();
  await failed;
  setting.hearth = await startHearth({}, { folder, port });
  await until("the click made during the stop arrives", async () => (await clicksOf(visit)).length === 2, { withinMs: 30_000 });
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  assert.deepEqual(await clicksOf(visit), [[10, 500], [20, 500]]);
  await visit.end();
});

test("answers that get lost after the batch was stored make no second copy", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.sameOrigin, { viewport: VIEWPORT });
  await visit.page.mouse.click(10, 400);
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  const before = setting.site.forwarded.length;
  setting.site.loseAnswers(3);
  await visit.page.mouse.click(20, 400);
  await visit.flush();
  await until("an answer gets through again", async () => setting.site.lostAnswers === 3 && setting.site.forwarded.length > before + 3, { withinMs: 30_000 });
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);
  assert.deepEqual(await clicksOf(visit), [[10, 400], [20, 400]]);
  const copies = setting.site.forwarded.slice(before).filter(({ events }) => events.some(({ type, x }) => type === "click" && x === 20)).length;
  assert.ok(copies >= 4, `the batch was sent only ${copies} times`);
  await visit.end();
});
