// The heatmap shows a click where it was made, and the session player plays it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../lib/until.mjs";
import { VIEWPORT } from "../chromium.mjs";
import { expectStoredOnce } from "../stored.mjs";
import { startVisit } from "../visit.mjs";
import { BUTTON } from "./app.mjs";
import { openContext } from "./opened.mjs";
import { useWorld } from "./world.mjs";

const world = useWorld();

/** A page of the app on which nobody else clicks. */
const PLACE = "/known-place";

const CLICK = { x: BUTTON.left + BUTTON.width / 2, y: BUTTON.top + BUTTON.height / 2 };

/** How far off the brightest place may be, as a share of the page's width: a cell of the grid is 1/64. */
const TOLERANCE = 0.025;

/** Visits the app through the proxy with the real SDK and clicks the button; returns the session's id. */
const clickTheButton = async () => {
  const visit = await startVisit(world.browser, { origin: world.proxy }, { endpoint: `${world.proxy}/_hearth/ingest`, projectKey: world.rich.key }, { viewport: VIEWPORT });
  await visit.page.evaluate((place) => history.replaceState(null, "", place), PLACE);
  for (let n = 0; n < 5; n += 1) await visit.page.mouse.click(CLICK.x, CLICK.y);
  await visit.page.mouse.move(200, 200, { steps: 20 });
  await visit.flush();
  await expectStoredOnce({ base: world.hearth.base, readToken: world.rich.token }, visit);
  const id = visit.sessionId();
  await visit.end();
  return id;
};

/** The middle of what is most unlike the canvas's background, as shares of its width and height. */
const brightest = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector("main canvas");
    const { width, height } = canvas;
    if (!width || !height) return undefined;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let most = 0;
    const unlike = (at) => Math.abs(data[at] - data[0]) + Math.abs(data[at + 1] - data[1]) + Math.abs(data[at + 2] - data[2]) + Math.abs(data[at + 3] - data[3]);
    for (let at = 0; at < data.length; at += 4) most = Math.max(most, unlike(at));
    if (most < 60) return undefined;
    let [x, y, count] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (unlike(at) < most * 0.97) continue;
      x += (at / 4) % width;
      y += Math.floor(at / 4 / width);
      count += 1;
    }
    return { x: x / count / width, y: y / count / height, width, height };
  });

test("the viewer shows a click where it was made, at every width, and names what was clicked", async () => {
  await clickTheButton();
  const opened = await openContext(world);
  const viewer = `/p/${world.rich.id}/heatmaps/viewer?path=${encodeURIComponent(PLACE)}`;
  for (const width of [390, 1280]) {
    await opened.page.setViewportSize({ width, height: 900 });
    assert.equal(await opened.visit(viewer), 200);
    const place = await until("something is drawn", () => brightest(opened.page));
    // The SDK says nothing of the page's height; the picture says how much of the page it shows.
    const [, , wide, high] = (await opened.page.locator(".heat-page svg").first().getAttribute("viewBox")).split(" ").map(Number);
    assert.ok(wide >= VIEWPORT.width && wide < VIEWPORT.width * 1.1, `${wide} px wide`);
    const expected = { x: CLICK.x / wide, y: CLICK.y / high };
    const off = { x: Math.abs(place.x - expected.x), y: (Math.abs(place.y - expected.y) * high) / wide };
    console.log(`at ${width} px: brightest at ${place.x.toFixed(3)}, ${place.y.toFixed(3)}; clicked at ${expected.x.toFixed(3)}, ${expected.y.toFixed(3)}`);
    assert.ok(off.x <= TOLERANCE && off.y <= TOLERANCE, JSON.stringify({ place, expected }));
    const ranking = opened.page.locator("main table tr", { hasText: "button#buy" }).first();
    assert.match(await ranking.innerText(), /\b5\b/);
    assert.deepEqual(opened.complaints, []);
  }
  await opened.close();
});

test("the player plays a session by button and keys, and not by itself", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  assert.equal(await opened.visit(`/p/${world.rich.id}/sessions/session?id=${world.rich.session}`), 200);
  const slider = page.locator("main input[type=range], main [role=slider]").first();
  await slider.waitFor();
  const position = async () => Number((await slider.getAttribute("aria-valuenow")) ?? (await slider.inputValue()));
  const picture = () => page.evaluate(() => document.querySelector("main canvas").toDataURL().length);
  const before = await position();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await position(), before, "it plays by itself although motion is not wanted");
  const still = await picture();
  const play = page.getByRole("button", { name: /^play/i }).first();
  await play.click();
  await until("the position moves on", async () => (await position()) > before);
  await until("the picture changes", async () => (await picture()) !== still);
  await page.getByRole("button", { name: /^pause/i }).first().click();
  const paused = await position();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await position(), paused);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("one session shows what every door told of it, with anger marked", async () => {
  const opened = await openContext(world, { javaScriptEnabled: false });
  assert.equal(await opened.visit(`/p/${world.rich.id}/sessions/session?id=${world.rich.session}`), 200);
  const text = await opened.page.locator("main").innerText();
  for (const wanted of ["/stoves", "/cart", "button#buy", "add_to_cart", "purchase", "/api/broken", "500", "newsletter"]) assert.ok(text.includes(wanted), `no ${wanted}`);
  assert.match(text, /rage/i);
  await opened.close();
});
