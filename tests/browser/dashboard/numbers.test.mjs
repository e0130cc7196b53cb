// Clicking through filters and periods: every number on the page is the one that the API gives for the same question.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readApi } from "../stored.mjs";
import { openContext } from "./opened.mjs";
import { useWorld } from "./world.mjs";

const world = useWorld();

const ask = (path) => readApi({ base: world.hearth.base, readToken: world.rich.token }, `/api/v1/projects/${world.rich.id}${path}`);

/** The figures at the top of the page by their names, as texts. */
const figures = async (page) =>
  Object.fromEntries(await page.locator("main .figures .figure").evaluateAll((all) => all.map((figure) => [figure.querySelector(".name").textContent.trim(), figure.querySelector(".value").textContent.trim()])));

const number = (text) => Number(text.replaceAll(/[^\d.-]/g, ""));

/** The page's own view, asked of the API. */
const totalsOf = async (page) => (await ask(`/visits/totals${new URL(page.url()).search}`)).totals;

const expectSameNumbers = async (page, what) => {
  const [shown, told] = [await figures(page), await totalsOf(page)];
  assert.equal(number(shown.Visitors), told.visitors, `visitors, ${what}`);
  assert.equal(number(shown.Visits), told.visits, `visits, ${what}`);
  assert.equal(number(shown["Page views"] ?? shown.Views), told.views, `views, ${what}`);
  return told;
};

test("every period and comparison shows the API's numbers", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  await opened.visit(`/p/${world.rich.id}`);
  const periods = await page.locator('nav[aria-label="Period"] a').evaluateAll((links) => links.map(({ href }) => new URL(href).search));
  assert.ok(periods.length >= 8, `only ${periods.length} periods`);
  const seen = new Map();
  for (const query of [...periods, "?from=2020-01-01&to=2020-12-31", "?period=7d&compare=previous", "?period=7d&tz=Asia%2FKathmandu"]) {
    await opened.visit(`/p/${world.rich.id}${query}`);
    if (await page.locator("main .figures").count()) seen.set(query, (await expectSameNumbers(page, query)).visits);
    else assert.equal((await ask(`/visits/totals${query}`)).totals.visits, 0, query);
    assert.deepEqual(opened.complaints, []);
  }
  assert.ok(seen.get("?period=all") > seen.get("?period=7d") && seen.get("?period=7d") > 0, JSON.stringify([...seen]));
  await opened.close();
});

test("a click on a row filters by it, keeps the period, goes to the other screens, and is taken back by its chip", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  await opened.visit(`/p/${world.rich.id}?period=90d`);
  const before = await expectSameNumbers(page, "without a filter");
  const row = page.locator("main .bars a", { hasText: "/stoves" }).first();
  await Promise.all([page.waitForEvent("load"), row.click()]);
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get("period"), "90d");
  assert.equal(searchParams.getAll("f").length, 1);
  const filtered = await expectSameNumbers(page, "with a filter");
  assert.ok(filtered.visits > 0 && filtered.visits < before.visits, `${filtered.visits} of ${before.visits} visits`);
  const chip = page.locator(".chip").first();
  assert.match(await chip.innerText(), /\/stoves/);

  // A second one, of another kind, from another screen: the form in the bar.
  await page.getByText("Filter", { exact: true }).click();
  await page.locator('select[name="field"]').selectOption("device");
  await page.locator('input[name="value"]').fill("desktop");
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Add filter" }).click()]);
  assert.equal(await page.locator(".chip").count(), 2);
  const both = await expectSameNumbers(page, "with two filters");
  assert.ok(both.visits <= filtered.visits);

  await Promise.all([page.waitForEvent("load"), page.locator('.chip a[aria-label^="Remove filter"]').first().click()]);
  assert.equal(await page.locator(".chip").count(), 1);
  await Promise.all([page.waitForEvent("load"), page.getByRole("link", { name: "Clear filters" }).click()]);
  assert.equal((await expectSameNumbers(page, "cleared")).visits, before.visits);
  await opened.close();
});

test("what filters leave nothing of says so, and offers to clear them", async () => {
  const opened = await openContext(world);
  await opened.visit(`/p/${world.rich.id}?f=${encodeURIComponent("page:is:/nobody-was-here")}`);
  await Promise.all([opened.page.waitForEvent("load"), opened.page.getByRole("link", { name: /clear/i }).first().click()]);
  assert.equal(await opened.page.locator(".chip").count(), 0);
  await opened.close();
});

test("a period without data leads to the last day with some, a project without any to its installation", async () => {
  const opened = await openContext(world);
  await opened.visit(`/p/${world.rich.id}?from=2020-01-01&to=2020-01-31`);
  await Promise.all([opened.page.waitForEvent("load"), opened.page.locator("main .empty a").first().click()]);
  assert.ok((await totalsOf(opened.page)).visits > 0, `${opened.page.url()} has nothing either`);
  await opened.visit(`/p/${world.empty.id}`);
  assert.equal(await opened.page.locator(`main a[href^="/p/${world.empty.id}/settings/install"]`).count() > 0, true);
  await opened.close();
});

test("lists show the API's rows", async () => {
  const opened = await openContext(world);
  for (const [screen, by] of [["/pages", "page"], ["/sources?by=channel", "channel"], ["/sources?by=campaign", "campaign"]]) {
    await opened.visit(`/p/${world.rich.id}${screen}${screen.includes("?") ? "&" : "?"}period=90d`);
    const rows = await opened.page.locator("main .table").first().locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
    const told = (await ask(`/visits/breakdown?by=${by}&period=90d&limit=100`)).entries;
    assert.ok(rows.length > 2, `${screen} has ${rows.length} rows`);
    assert.ok(rows.length <= told.length, `${screen} has ${rows.length} rows, the API ${told.length}`);
    for (const [at, cells] of rows.entries()) assert.ok(cells.some((cell) => cell !== "" && number(cell) === told[at].visitors), `${screen}, row ${at}: ${cells.join(" | ")} and ${JSON.stringify(told[at])}`);
  }
  await opened.close();
});

test("requests are counted as the API counts them", async () => {
  const opened = await openContext(world);
  await opened.visit(`/p/${world.rich.id}/traffic?period=24h`);
  const shown = await figures(opened.page);
  const { requests } = await ask(`/traffic?from=${Date.now() - 86_400_000}`);
  assert.equal(number(shown.Requests), requests);
  await opened.close();
});
