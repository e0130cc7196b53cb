// What people type and what they ask for: masked fields stay masked, secret ones are not there, and "no" means no.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VIEWPORT } from "./chromium.mjs";
import { useSetting } from "./setting.mjs";
import { expectStoredOnce, readApi, storedRows } from "./stored.mjs";
import { startVisit } from "./visit.mjs";

const setting = useSetting();

const TYPED = { "#name": "Ada Lovelace", "#password": "correct horse battery", "#otp-code": "271828", "#diary": "dear diary" };

test("typed text is nowhere, and of secret fields not even that they were used", async () => {
  const config = { ...setting.sameOrigin, capture: { inputs: { enabled: true, mode: "masked" }, keyboard: { enabled: true, mode: "metadata" } } };
  const visit = await startVisit(setting.browser, setting.site, config, { viewport: VIEWPORT });
  for (const [field, text] of Object.entries(TYPED)) {
    await visit.page.click(field);
    await visit.page.keyboard.type(text);
  }
  await visit.page.click("#empty");
  await visit.page.click("#buy");
  await visit.flush();
  await expectStoredOnce(setting.hearth, visit);

  const rows = await storedRows(setting.hearth, visit);
  assert.deepEqual(new Set(rows.filter(({ type }) => type === "input").map(({ selector }) => selector)), new Set(["input#name", "input#empty"]));
  assert.ok(rows.some(({ type }) => type === "keyboard"));
  const everything = JSON.stringify([
    await readApi(setting.hearth, `/api/projects/${setting.project}/events?limit=1000`),
    await readApi(setting.hearth, `/api/sessions/${visit.sessionId()}?limit=500`),
  ]);
  const files = setting.hearth.filesOnDisk();
  for (const text of Object.values(TYPED)) {
    assert.ok(!everything.includes(text), `the API shows ${JSON.stringify(text)}`);
    for (const { name, bytes } of files) assert.ok(!bytes.includes(text), `${name} holds ${JSON.stringify(text)}`);
  }
  await visit.end();
});

test("a browser that sends Sec-GPC is served, and nothing of it is kept", async () => {
  const visit = await startVisit(setting.browser, setting.site, setting.sameOrigin, { viewport: VIEWPORT, extraHTTPHeaders: { "Sec-GPC": "1" } });
  const answered = visit.page.waitForResponse((response) => new URL(response.url()).pathname === "/ingest");
  await visit.page.mouse.click(200, 120);
  await visit.flush();
  assert.equal((await answered).status(), 200);
  assert.equal(visit.resentCount(), 0, "the SDK had to send something again");
  const { sessions } = await readApi(setting.hearth, `/api/projects/${setting.project}/sessions?limit=200`);
  assert.ok(!sessions.some(({ sessionId }) => sessionId === visit.sessionId()), "the session was kept");
  assert.deepEqual(await storedRows(setting.hearth, visit), []);
  await visit.end();
});

test("with do-not-track the SDK sends nothing at all", async () => {
  const context = await setting.browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => Object.defineProperty(navigator, "doNotTrack", { value: "1" }));
  let posts = 0;
  page.on("request", (request) => { if (request.method() === "POST") posts += 1; });
  await page.goto(`${setting.site.origin}/`);
  await page.waitForFunction(() => typeof window.startTracking === "function");
  await page.evaluate((config) => window.startTracking(config), setting.sameOrigin);
  await page.mouse.click(200, 120);
  await page.evaluate(() => window.tracker.shutdown());
  assert.equal(posts, 0);
  await context.close();
});
