// Hearth's own tracker in a real browser: one tag, and everything that happens is stored; "no" is heard.
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import http from "node:http";
import { after, before, test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { freePort } from "../lib/port.mjs";
import { until } from "../lib/until.mjs";
import { launchBrowser, VIEWPORT } from "./chromium.mjs";
import { startRelay } from "./relay.mjs";
import { projectId, readApi } from "./stored.mjs";
import { startTrackedSite } from "./tracked_site.mjs";

const MAX_PACKED_BYTES = 4096;

let hearth, relay, project, site, browser, proxied;

before(async () => {
  site = await startTrackedSite();
  const proxyPort = await freePort();
  hearth = await startHearth({ PROXY__UPSTREAM: site.origin, PROXY__LISTEN: `127.0.0.1:${proxyPort}` });
  relay = await startRelay(hearth);
  proxied = `http://127.0.0.1:${proxyPort}`;
  project = await projectId(hearth);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  site?.close();
  relay?.close();
  await hearth?.stop();
});

/** The tag for a page of another origin. */
const tag = (attributes = "") => `<script async src="${relay.base}/hearth.js" data-key="${hearth.projectKey}" ${attributes}></script>`;

/** The tag for a page behind the proxy. */
const proxiedTag = (attributes = "") => `<script async src="/_hearth/hearth.js" data-key="${hearth.projectKey}" ${attributes}></script>`;

/** Opens a page in a browser of its own. */
const open = async (url, { init, ...options } = {}) => {
  const context = await browser.newContext({ viewport: VIEWPORT, ...options });
  const page = await context.newPage();
  const visit = { context, page, complaints: [], requests: [] };
  page.on("pageerror", (error) => visit.complaints.push(error.message));
  context.on("request", (request) => visit.requests.push(request.url()));
  visit.close = async () => {
    await context.close();
    assert.deepEqual(visit.complaints, []);
  };
  if (init) await page.addInitScript(init);
  await page.goto(url);
  return visit;
};

const tracked = (page) => page.waitForFunction(() => window.hearth?.on);

/** The session that the page is in. */
const sessionOf = (visit) => visit.page.evaluate(() => JSON.parse(sessionStorage.getItem("hearth_sid")).id);

/** Ends the page as a closed tab does: what is left goes out by itself. */
const leave = async (visit) => {
  visit.session = await sessionOf(visit);
  await visit.page.goto("about:blank");
};

/** Everything that is stored of a session, once `isThere` says that it is all. */
const stored = async (session, isThere) => {
  let events = [];
  const found = async () => {
    ({ events } = await readApi(hearth, `/api/v1/projects/${project}/sessions/${session}/timeline?limit=200`));
    return isThere(events);
  };
  await until("the events are stored", found).catch((error) => { throw new Error(`${error.message}; there are ${JSON.stringify(events)}`); });
  return events;
};

const ofType = (events, type) => events.filter((event) => event.type === type);

test("one tag on a page of another origin: page view, click, move, scroll are stored, and no text of the page", async () => {
  site.tag = tag();
  const visit = await open(`${site.origin}/shop?utm_source=news&token=secret&gclid=abc#part`);
  await tracked(visit.page);
  await visit.page.mouse.move(10, 10);
  await visit.page.mouse.move(400, 300, { steps: 3 });
  await visit.page.mouse.click(150, 120);
  await visit.page.click("input");
  await visit.page.keyboard.type("typed words");
  await visit.page.evaluate(() => scrollTo(0, 2000));
  await visit.page.waitForFunction(() => scrollY === 2000);
  await visit.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await leave(visit);
  const events = await stored(visit.session, (found) => ofType(found, "scroll").some(({ scroll_depth: depth }) => depth === 68));

  const [view] = ofType(events, "pageview");
  assert.equal(ofType(events, "pageview").length, 1);
  assert.equal(view.path, "/shop");
  const { meta } = view.context;
  assert.deepEqual(meta, { host: new URL(site.origin).host, title: "Page /shop", query: "utm_source=news&gclid=abc" });
  const [click] = ofType(events, "click");
  assert.deepEqual([click.x, click.y, click.selector], [150, 120, "main#content > button.primary:nth-of-type(1)"]);
  assert.equal(click.context.meta.renderHeight, 4000);
  assert.ok(ofType(events, "move").flatMap(({ points }) => points).length >= 1);
  const everything = JSON.stringify(relay.of(visit.session)) + JSON.stringify(events);
  for (const secret of ["Secret text", "typed words", "token", "css-1x9"]) assert.ok(!everything.includes(secret), secret);
  assert.deepEqual(await visit.context.cookies(), []);
  await visit.close();
});

test("views of a single-page application are page views, and what happens belongs to the page it happened on", async () => {
  site.tag = tag();
  const visit = await open(`${site.origin}/one`);
  await tracked(visit.page);
  await visit.page.evaluate(() => { document.title = "Two"; history.pushState({}, "", "/two?x=1"); });
  await until("the second view", () => visit.page.evaluate(() => location.pathname === "/two"));
  await visit.page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
  await visit.page.mouse.click(150, 170);
  await visit.page.evaluate(() => history.replaceState({}, "", "/two?x=2"));
  await visit.page.goBack();
  await visit.page.waitForFunction(() => location.pathname === "/one");
  await visit.page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
  await leave(visit);
  const events = await stored(visit.session, (found) => ofType(found, "pageview").length >= 3 && ofType(found, "click").length > 0);
  const views = ofType(events, "pageview").map(({ path, to, detail, context }) => [path, to, detail?.from, context.meta.title]);
  assert.deepEqual(views, [["/one", "/one", undefined, "Page /one"], ["/two", "/two", "/one", "Two"], ["/one", "/one", "/two", "Two"]]);
  assert.deepEqual(ofType(events, "click").map(({ path }) => path), ["/two"]);
  await visit.close();
});

test("links to other hosts and files are events with an address that has no query", async () => {
  site.tag = tag();
  const visit = await open(`${site.origin}/links`);
  await tracked(visit.page);
  await visit.page.evaluate(() => addEventListener("click", (event) => event.preventDefault()));
  await visit.page.click("#file");
  await visit.page.click("#out");
  await leave(visit);
  const events = await stored(visit.session, (found) => ofType(found, "custom").length >= 2);
  assert.deepEqual(ofType(events, "custom").map(({ name, detail }) => [name, detail]), [
    ["download", { url: `${site.origin}/prices.pdf` }], ["outbound_click", { url: "http://localhost:9/away" }],
  ]);
  await visit.close();
});

test("calls before the script is there count, and a user stays known on the next page of the session", async () => {
  site.tag = `${tag()}<script>hearth("identify", "user-42", { plan: "pro" }); hearth("early", { answer: 42 })</script>`;
  const visit = await open(`${site.origin}/first`);
  await tracked(visit.page);
  site.tag = tag();
  await visit.page.click("#next");
  await visit.page.waitForURL("**/next");
  await tracked(visit.page);
  await visit.page.evaluate(() => window.hearth("late", "no object"));
  await leave(visit);
  const events = await stored(visit.session, (found) => ofType(found, "custom").some(({ name }) => name === "late"));
  assert.deepEqual(ofType(events, "pageview").map(({ path }) => path), ["/first", "/next"]);
  assert.deepEqual(ofType(events, "custom").map(({ name }) => name), ["identify", "early", "late"]);
  assert.deepEqual(events.find(({ name }) => name === "early").detail, { answer: 42 });
  const batches = relay.of(visit.session);
  assert.deepEqual(batches[0].user, { id: "user-42", traits: { plan: "pro" } });
  assert.ok(batches.length >= 2 && batches.every(({ user }) => user.id === "user-42"));
  const users = new Set(events.map(({ user_id: user }) => user));
  assert.ok(users.size === 1 && !users.has(null), [...users].join());
  await visit.close();
});

test("whoever signs out is nobody in a new session", async () => {
  site.tag = tag();
  const visit = await open(`${site.origin}/out`);
  await tracked(visit.page);
  await visit.page.evaluate(() => window.hearth("identify", 7));
  const first = await sessionOf(visit);
  await visit.page.evaluate(() => { window.hearth("identify", null); window.hearth("after"); });
  await leave(visit);
  assert.notEqual(visit.session, first);
  await stored(first, (found) => found.some(({ name }) => name === "identify"));
  const events = await stored(visit.session, (found) => found.some(({ name }) => name === "after"));
  assert.ok(events.every(({ user_id: user }) => user === null));
  assert.ok(relay.of(first).every(({ user }) => user.id === "7"));
  await visit.close();
});

test("the page it came from is told once a session, as origin and path", async () => {
  site.tag = tag();
  const other = await startTrackedSite();
  try {
    const visit = await open(`${other.origin}/article`, {});
    await visit.page.evaluate((url) => {
      const link = Object.assign(document.createElement("a"), { href: url, referrerPolicy: "unsafe-url", textContent: "go" });
      document.body.append(link);
      history.replaceState({}, "", "/article?token=secret");
      link.click();
    }, `${site.origin}/landing`);
    await visit.page.waitForURL("**/landing");
    await tracked(visit.page);
    await visit.page.click("#next");
    await visit.page.waitForURL("**/next");
    await tracked(visit.page);
    await leave(visit);
    const events = await stored(visit.session, (found) => ofType(found, "pageview").length >= 2);
    assert.deepEqual(ofType(events, "pageview").map(({ context }) => context.meta.referrer), [`${other.origin}/article`, undefined]);
    await visit.close();
  } finally {
    other.close();
  }
});

for (const [name, init] of [
  ["do-not-track", () => Object.defineProperty(navigator, "doNotTrack", { value: "1" })],
  ["global privacy control", () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true })],
]) {
  test(`with ${name} nothing is sent and nothing is stored in the browser`, async () => {
    site.tag = `${tag("data-cookie")}<script>hearth("early")</script>`;
    const visit = await open(`${site.origin}/quiet`, { init });
    await visit.page.waitForFunction(() => window.hearth && !window.hearth.q);
    await visit.page.mouse.click(150, 120);
    await visit.page.evaluate(() => window.hearth("event"));
    assert.equal(await visit.page.evaluate(() => sessionStorage.length + localStorage.length + document.cookie.length), 0);
    await visit.page.goto("about:blank");
    // A visit that is sent, so that there would have been time for the other.
    site.tag = tag();
    const heard = await open(`${site.origin}/heard`);
    await tracked(heard.page);
    await leave(heard);
    await stored(heard.session, (found) => found.length > 0);
    assert.ok(!JSON.stringify(relay.batches).includes('"/quiet"'));
    await heard.close();
    await visit.close();
  });
}

test("crawlers are not visitors", async () => {
  site.tag = tag();
  const visit = await open(`${site.origin}/crawled`, { userAgent: "Mozilla/5.0 (compatible; Examplebot/2.1)" });
  await visit.page.waitForLoadState();
  await visit.page.evaluate(() => window.hearth("event"));
  assert.equal(await visit.page.evaluate(() => sessionStorage.length + (window.hearth.q ? 1 : 0)), 0);
  await visit.close();
});

test("through the proxy everything stays on the site's own origin, and the cookie ties requests to the session", async () => {
  site.tag = proxiedTag("data-cookie");
  const visit = await open(`${proxied}/first`);
  await tracked(visit.page);
  await visit.page.click("#next");
  await visit.page.waitForURL("**/next");
  await tracked(visit.page);
  await leave(visit);
  await stored(visit.session, (found) => ofType(found, "pageview").length >= 2);
  const id = visit.session;
  assert.ok(visit.requests.every((url) => url.startsWith(proxied) || url === "about:blank"), visit.requests.join("\n"));
  assert.deepEqual(relay.of(id), []);
  const cookies = await visit.context.cookies(proxied);
  assert.deepEqual(cookies.map(({ name, value, path, sameSite }) => ({ name, value, path, sameSite })), [{ name: "hearth_sid", value: id, path: "/", sameSite: "Lax" }]);
  await until("the second request is recorded with the session", async () => {
    const { requests } = await readApi(hearth, `/api/v1/projects/${project}/traffic/requests?limit=100`);
    return requests.some((request) => request.original_url === "/next" && request.session_id === id);
  });
  await visit.close();
});

test("what cannot be delivered is sent again and stored once", async () => {
  site.tag = tag(`data-endpoint="${relay.base}/ingest" data-no-moves data-no-scrolls`);
  relay.refuse(1);
  const visit = await open(`${site.origin}/retried`);
  await tracked(visit.page);
  const session = await sessionOf(visit);
  const events = await stored(session, (found) => found.length > 0);
  assert.deepEqual(events.map(({ type }) => type), ["pageview"]);
  assert.ok(relay.of(session).length >= 2);
  await visit.close();
});

test("the script is small, may be loaded from anywhere, and is not sent twice", async () => {
  for (const base of [hearth.base, `${proxied}/_hearth`]) {
    const { packed, headers } = await new Promise((resolve, reject) => {
      http.get(`${base}/hearth.js`, { headers: { "accept-encoding": "gzip" } }, async (answer) => {
        const parts = [];
        for await (const part of answer) parts.push(part);
        resolve({ packed: Buffer.concat(parts), headers: answer.headers });
      }).on("error", reject);
    });
    assert.ok(packed.length <= MAX_PACKED_BYTES, `${packed.length} bytes`);
    assert.match(gunzipSync(packed).toString(), /^\(\(\) => \{/);
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cache-control"], "public, max-age=3600");
    const again = await fetch(`${base}/hearth.js`, { headers: { "if-none-match": headers.etag } });
    assert.equal(again.status, 304);
  }
});
