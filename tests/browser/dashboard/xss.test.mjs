// Hostile texts in every field of every protocol: pages, live view and CSV show them as texts and as nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../lib/until.mjs";
import { readApi } from "../stored.mjs";
import { crawl } from "./crawl.mjs";
import { openContext } from "./opened.mjs";
import { hostileQueries, payloads, sendEverywhere } from "./payloads.mjs";
import { OWN_SCREENS, pathOf, PROJECT_SCREENS } from "./screens.mjs";
import { useWorld } from "./world.mjs";

const ALL = payloads();

/** Faults that are told; there is one for each page otherwise. */
const MOST_TOLD = 20;

/** Payloads that arrive while the live view is open; the others are there before. */
const LIVE = ALL.filter((_, n) => n % 3 === 0);

const sendAll = async (world, texts, from) => {
  for (const [n, text] of texts.entries()) await sendEverywhere(world, text, from + n);
};

const world = useWorld({ isNew: true, prepare: (world) => sendAll(world, ALL, 0) });

/**
 * Elements and attributes that pages of ours never have: if they are there, data made them. Scripts may set styles, so
 * those are looked for in what the server sent.
 */
const intruders = ({ page, html }) =>
  page.evaluate((html) => {
    const found = [];
    if (new DOMParser().parseFromString(html, "text/html").querySelector("[style]")) found.push("a style in the markup");
    const tell = (element) => found.push(element.outerHTML.slice(0, 200));
    for (const element of document.querySelectorAll("iframe, object, embed, base, meta[http-equiv], marquee, math, animate, foreignObject, style")) tell(element);
    for (const image of document.querySelectorAll("img")) if (!image.src.startsWith(`${location.origin}/static/`) && !image.src.startsWith("data:image/")) tell(image);
    for (const script of document.querySelectorAll("script")) if (!(script.src.startsWith(`${location.origin}/static/`) || script.type === "application/json")) tell(script);
    for (const link of document.querySelectorAll("link")) if (!link.href.startsWith(`${location.origin}/static/`)) tell(link);
    for (const form of document.querySelectorAll("form")) if (new URL(form.action).origin !== location.origin) tell(form);
    for (const link of document.querySelectorAll("a[href]")) if (!/^https?:$/.test(link.protocol)) tell(link);
    for (const element of document.querySelectorAll("*")) for (const { name } of element.attributes) if (/^on|^srcdoc$/.test(name)) tell(element);
    for (const script of document.querySelectorAll('script[type="application/json"]')) {
      try { JSON.parse(script.textContent); } catch { found.push(`not JSON any more: ${script.textContent.slice(0, 100)}`); }
    }
    return found;
  }, html);

test("the texts are stored: otherwise there is nothing to see", async () => {
  const { events } = await readApi({ base: world.hearth.base, readToken: world.rich.token }, `/api/v1/projects/${world.rich.id}/events?limit=1000`);
  const stored = JSON.stringify(events);
  assert.ok(ALL.length > 60, `only ${ALL.length} payloads`);
  for (const text of ["<script>alert(1)</script>", "javascript:alert(1)"]) assert.ok(stored.includes(text), `${text} is not stored`);
});

const faultsOf = async (opened, path) => [...opened.complaints, ...(await intruders(opened))].map((fault) => `${path}: ${fault}`);

test("no page runs, loads or becomes anything else because of them; no CSV has a formula", async () => {
  const opened = await openContext(world);
  world.rich.session = `${ALL[0]}#0`;
  world.rich.user = `u${ALL[0]}`;
  world.rich.person = `user:${world.rich.user}`;
  world.rich.request = (await readApi({ base: world.hearth.base, readToken: world.rich.token }, `/api/v1/projects/${world.rich.id}/traffic/requests?limit=1`)).requests[0].id;
  const paths = [...PROJECT_SCREENS.map((screen) => pathOf(world, { screen, kind: "rich" })), ...OWN_SCREENS.map(({ path }) => path)];
  const faults = [];
  const broken = [];
  const { opened: pages, documents } = await crawl(opened.page, world.hearth.base, paths, async (path) => {
    const status = await opened.visit(path);
    if (status >= 500) broken.push(`${status} ${path}`);
    // A page that data put an odd address on may say that it is not there.
    opened.complaints.splice(0, opened.complaints.length, ...opened.complaints.filter((text) => status < 400 || !text.includes(String(status))));
    faults.push(...(await faultsOf(opened, path)));
    // What is folded away is opened: scripts of the page may have made it.
    await opened.page.evaluate(() => { for (const details of document.querySelectorAll("details")) details.open = true; });
    faults.push(...(await intruders(opened)).map((fault) => `${path}, unfolded: ${fault}`));
  });
  console.log(`${ALL.length} payloads, ${pages.length} pages, ${documents.length} CSV documents`);
  assert.deepEqual(broken, []);
  assert.deepEqual([...new Set(faults)].slice(0, MOST_TOLD), []);
  for (const path of documents) {
    const answer = await opened.context.request.get(world.hearth.base + path);
    assert.equal(answer.status(), 200, path);
    assert.match(answer.headers()["content-type"], /^text\/csv/, path);
    expectNoFormula(await answer.text(), path);
  }
  assert.ok(documents.length > 0, "no link to a CSV was met");
  await opened.close();
});

test("the live view shows them as they come, and nothing more", async () => {
  const opened = await openContext(world);
  assert.equal(await opened.visit(`/p/${world.rich.id}/live`), 200);
  await opened.page.evaluate(() => { globalThis.seenRows = 0; new MutationObserver((changes) => { for (const { addedNodes } of changes) globalThis.seenRows += addedNodes.length; }).observe(document.querySelector("main"), { childList: true, subtree: true }); });
  await sendAll(world, LIVE, ALL.length);
  await until("something has come", () => opened.page.evaluate(() => globalThis.seenRows > 0));
  assert.deepEqual(await faultsOf(opened, "live"), []);
  await opened.close();
});

test("hostile queries are told back by no page", async () => {
  const opened = await openContext(world);
  const screens = ["", "/pages", "/sessions", "/traffic/requests", "/people", "/heatmaps/viewer"];
  const faults = [];
  for (const [n, query] of [...hostileQueries(), ...ALL.map((text) => `f=${encodeURIComponent(`page:is:${text.toWellFormed()}`)}&path=${encodeURIComponent(text.toWellFormed())}`)].entries()) {
    const path = `/p/${world.rich.id}${screens[n % screens.length]}?${query}`;
    const status = await opened.visit(path);
    if (status >= 500) faults.push(`${status} ${path}`);
    opened.complaints.splice(0, opened.complaints.length, ...opened.complaints.filter((text) => status < 400 || !text.includes(String(status))));
    faults.push(...(await faultsOf(opened, path)));
  }
  await opened.close();
  assert.deepEqual([...new Set(faults)].slice(0, MOST_TOLD), []);
});

test("nobody is sent to another server after signing in", async () => {
  const opened = await openContext(world);
  for (const query of hostileQueries().filter((query) => query.startsWith("next="))) {
    for (const page of ["/login", "/theme/dark"]) {
      const answer = await opened.context.request.get(`${world.hearth.base}${page}?${query}`, { maxRedirects: 0 });
      const to = answer.headers().location;
      if (to !== undefined) assert.equal(new URL(to, world.hearth.base).origin, world.hearth.base, `${page}?${query} leads to ${to}`);
    }
  }
  await opened.close();
});

/** No cell that a spreadsheet would take for a formula: those begin with an apostrophe. */
const expectNoFormula = (text, path) => {
  for (const match of text.matchAll(/(?:^|[,\n])(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)) {
    const cell = match[1]?.replaceAll('""', '"') ?? match[2];
    assert.ok(!/^[=+@\t\r]/.test(cell) && !/^-(?![\d.]+$)/.test(cell), `${path}: a cell begins like a formula: ${JSON.stringify(cell.slice(0, 60))}`);
  }
};
