// Without a mouse: everything can be reached, it can be seen where one is, and keys that do something can be switched off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContext } from "./opened.mjs";
import { useWorld } from "./world.mjs";

const world = useWorld();

/** The element with the focus: what it is, and whether that can be seen. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isOutlined = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return { tag: element.tagName, text: (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 60), href: element.getAttribute("href"), isOutlined, isVisible: box.width > 0 && box.height > 0, isMain: element.closest("main") !== null };
  });

const overview = () => `/p/${world.rich.id}`;

test("the first tab stop skips to the content, and takes the focus there", async () => {
  const opened = await openContext(world);
  await opened.visit(overview());
  await opened.page.keyboard.press("Tab");
  const skip = await focused(opened.page);
  assert.equal(skip.href, "#main");
  assert.ok(skip.isVisible && skip.isOutlined, "the skip link is not seen when it has the focus");
  await opened.page.keyboard.press("Enter");
  assert.equal(await opened.page.evaluate(() => document.activeElement.id), "main");
  await opened.page.keyboard.press("Tab");
  assert.ok((await focused(opened.page)).isMain);
  await opened.close();
});

for (const [name, below] of [["overview", ""], ["live", "/live"], ["pages", "/pages"], ["heatmap viewer", "/heatmaps/viewer?path=%2Fstoves"], ["session", undefined], ["requests", "/traffic/requests"]]) {
  test(`tabbing through ${name} meets the menu, the periods and the content, each visibly, and comes round`, async () => {
    const opened = await openContext(world);
    await opened.visit(`${overview()}${below ?? `/sessions/session?id=${world.rich.session}`}`);
    const stops = [];
    for (let n = 0; n < 400; n += 1) {
      await opened.page.keyboard.press("Tab");
      const stop = await focused(opened.page);
      if (stop.tag === "BODY" || (n > 0 && stop.href === "#main")) break;
      stops.push(stop);
    }
    assert.ok(stops.length < 400, "tabbing never comes round");
    const hidden = stops.filter(({ isVisible, isOutlined }) => !isVisible || !isOutlined).map(({ tag, text }) => `${tag} ${text}`);
    assert.deepEqual(hidden, [], "no focus to be seen at these");
    const texts = stops.map(({ text }) => text);
    for (const wanted of ["Overview", "Live", "Settings"]) assert.ok(texts.some((text) => text.startsWith(wanted)), `${wanted} is not reached`);
    assert.ok(stops.filter(({ isMain }) => isMain).length > 0, "nothing of the content is reached");
    await opened.close();
  });
}

test("single keys change the period, and do nothing while somebody types or when they are switched off", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  const period = () => new URL(page.url()).searchParams.get("period");
  await opened.visit(overview());
  await Promise.all([page.waitForURL(/period=7d/), page.keyboard.press("w")]);
  await Promise.all([page.waitForURL(/period=today/), page.keyboard.press("d")]);

  await page.keyboard.press("/");
  await page.locator("input[name=value]").focus();
  await page.keyboard.type("www");
  assert.equal(await page.locator("input[name=value]").inputValue(), "www");
  assert.equal(period(), "today");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details.pop[open]").count(), 0);

  await opened.visit("/account/profile");
  await page.locator("input[data-shortcuts]").uncheck();
  await opened.visit(`${overview()}?period=today`);
  await page.keyboard.press("w");
  await page.keyboard.press("m");
  await opened.settle();
  assert.equal(period(), "today");
  await opened.close();
});

test("a popover is opened, walked through and closed by keys, and gives the focus back", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  await opened.visit(overview());
  const summary = page.locator("details.pop summary", { hasText: "Custom" });
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.name), "from");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details.pop[open]").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
  await opened.close();
});
