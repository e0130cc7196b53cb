// What the three projects hold: weeks of visits through every door, one visit, nothing.
import assert from "node:assert/strict";
import { Random } from "../../lib/random.mjs";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Days of history of the rich project. */
const DAYS = 40;

const VISITS_PER_DAY = 8;

/** Events in a request; the default limit of the heat protocol is 120 requests in 10 seconds. */
const EVENTS_PER_BATCH = 400;

const PATHS = ["/", "/stoves", "/stoves/ember", "/stoves/oak", "/kettles", "/kettles/copper-kettle", "/cart", "/checkout", "/about", "/a/very/long/path/that/no/narrow/column/has/room/for/and-so-it-must-be-cut-or-wrapped"];
const SELECTORS = ["button#buy", "a.logo", "nav > a.stoves", "form#search > button", "div.hero"];
const ARRIVALS = [
  { meta: {} },
  { meta: { referrer: "https://www.google.com/" } },
  { meta: { referrer: "https://news.ycombinator.com/item" } },
  { meta: { query: "utm_source=newsletter&utm_medium=email&utm_campaign=autumn" } },
  { meta: { query: "utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=stove&gclid=G1", referrer: "https://www.google.com/" } },
  { meta: { query: "utm_source=facebook&utm_medium=paid_social&utm_campaign=winter&utm_content=blue&fbclid=F1" } },
];
const DEVICES = [
  { viewport: { w: 1440, h: 900 }, ua: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36" },
  { viewport: { w: 1280, h: 720 }, ua: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0" },
  { viewport: { w: 390, h: 844 }, ua: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1" },
];

/** Users of the rich project, by every door. */
export const USERS = Array.from({ length: 12 }, (_, n) => `user-${n + 1}`);

/** The session of the rich project that has clicks, an app event and requests, all of `USERS[0]`. */
export const FULL_SESSION = "5f0c7a50-1111-4222-8333-000000000001";

/** Fills the rich project and the sparse one. */
export const seed = async (world) => {
  await seedBrowser(world);
  await seedApps(world);
  await seedRequests(world);
};

const seedBrowser = async ({ hearth, rich, sparse }) => {
  const random = new Random(1);
  const batches = [];
  const now = Date.now();
  for (let day = DAYS; day >= 0; day -= 1) {
    const visits = VISITS_PER_DAY + (day % 7 < 2 ? 0 : 4);
    for (let n = 0; n < visits; n += 1) {
      const began = now - day * DAY_MS - random.integer(30, 600) * MINUTE_MS;
      batches.push(visit(random, began, `browser-${day}-${n}`, random.chance(0.4) ? random.pick(USERS) : undefined));
    }
  }
  batches.push(fullSession(now));
  // Browsers say in the head of the request who they are, too, and that is what counts.
  const send = (project, batch) => post(hearth, "/ingest", { "x-project-key": project.key, "user-agent": batch.events[0].device.ua }, batch);
  for (const batch of batches) await send(rich, batch);
  await send(sparse, visit(new Random(2), now - 5 * MINUTE_MS, "the-only-visit", undefined));
};

/** One visit as the browser's SDK tells it. */
const visit = (random, began, id, user) => {
  const device = random.pick(DEVICES);
  const events = [];
  let at = began;
  let path = random.pick(PATHS.slice(0, 6));
  const add = (fields, meta = {}) => {
    events.push({ eventId: `${id}-${events.length}`, sessionId: id, ts: at, path, viewport: device.viewport, device: { ua: device.ua, language: "en" }, meta: { renderHeight: 2000, ...meta }, ...fields });
    at += random.integer(800, 20_000);
  };
  const views = random.integer(1, 5);
  for (let view = 0; view < views; view += 1) {
    const from = path;
    if (view > 0) path = random.pick(PATHS);
    add({ type: "pageview", from: view > 0 ? from : undefined, to: path }, { host: "shop.example", title: `Page ${path}`.slice(0, 200), ...(view === 0 ? random.pick(ARRIVALS).meta : {}) });
    for (let n = random.integer(0, 4); n > 0; n -= 1) {
      const points = Array.from({ length: 10 }, (_, i) => ({ x: random.integer(0, device.viewport.w - 1), y: random.integer(0, 1500), tsOffset: i * 50 }));
      add({ type: "move", points });
      add({ type: "click", x: random.integer(0, device.viewport.w - 1), y: random.integer(60, 1500), selector: random.pick(SELECTORS), button: 0 });
    }
    add({ type: "scroll", scrollY: 400, scrollDepthPct: random.integer(10, 100) });
  }
  if (random.chance(0.3)) add({ type: "custom", name: "add_to_cart", props: { sku: random.pick(["ember", "oak", "copper-kettle"]), price: random.integer(10, 900) } });
  if (random.chance(0.1)) add({ type: "custom", name: "signup", props: { plan: random.pick(["free", "pro"]) } });
  return { session: { id }, ...(user ? { user: { id: user, traits: { plan: "pro" } } } : {}), events: events.slice(0, EVENTS_PER_BATCH) };
};

/** A session of today that every door tells of; it has clicks in anger on something dead. */
const fullSession = (now) => {
  const began = now - 20 * MINUTE_MS;
  let n = 0;
  const event = (afterMs, fields, meta = {}) => ({
    eventId: `full-${(n += 1)}`, sessionId: FULL_SESSION, ts: began + afterMs, path: "/stoves", viewport: { w: 1280, h: 720 }, device: { ua: DEVICES[0].ua }, meta: { renderHeight: 2000, ...meta }, ...fields,
  });
  const angry = [0, 150, 300, 450].map((ms) => event(30_000 + ms, { type: "click", x: 640, y: 400, selector: "div.hero", button: 0 }));
  return {
    session: { id: FULL_SESSION }, user: { id: USERS[0], traits: { plan: "pro" } },
    events: [
      event(0, { type: "pageview", to: "/stoves" }, { host: "shop.example", title: "Stoves", query: "utm_source=newsletter&utm_medium=email&utm_campaign=autumn" }),
      event(5_000, { type: "move", points: Array.from({ length: 30 }, (_, i) => ({ x: 100 + i * 20, y: 100 + i * 10, tsOffset: i * 100 })) }),
      event(10_000, { type: "click", x: 640, y: 320, selector: "button#buy", button: 0 }),
      event(15_000, { type: "scroll", scrollY: 600, scrollDepthPct: 66 }),
      ...angry,
      event(60_000, { type: "pageview", from: "/stoves", to: "/cart", path: "/cart" }),
      event(70_000, { type: "custom", name: "add_to_cart", props: { sku: "ember", price: 899 }, path: "/cart" }),
    ],
  };
};

/** App events as a server's SDK sends them: visits with campaigns, sign-ups, purchases. */
const seedApps = async ({ hearth, rich }) => {
  const random = new Random(3);
  const now = Date.now();
  const ad = (n) => [["google", "cpc", "brand", { gclid: `G${n}` }], ["facebook", "paid_social", "winter", { fbclid: `F${n}` }], ["newsletter", "email", "autumn", {}]][n % 3];
  for (const [n, user] of USERS.entries()) {
    const anonymous = `anon_${user}`;
    const began = now - random.integer(2, 35) * DAY_MS;
    const send = (event, afterMs, properties, eventId = `${user}-${event}-${afterMs}`) => post(hearth, "/track", { "x-api-key": rich.key }, {
      event, userId: event === "pageview" ? undefined : user, anonymousId: anonymous, eventId, timestamp: new Date(began + afterMs).toISOString(),
      properties: { anonymous_id: anonymous, session_id: `sess_${user}`, ...properties }, context: { library: "@datalyr/api", version: "1.3.1", source: "api" },
    });
    const [source, medium, campaign, click] = ad(n);
    const touch = { utm_source: source, utm_medium: medium, utm_campaign: campaign, landing_page: `https://shop.example/?utm_source=${source}`, ...click };
    await send("pageview", 0, { url: "https://shop.example/", path: "/", title: "Shop", ...touch });
    await send("$identify", MINUTE_MS, { traits: { email: `${user}@mail.example`, first_name: `First ${n}`, plan: "pro" }, email: `${user}@mail.example`, ...touch });
    await send("signup_completed", 2 * MINUTE_MS, { plan: "pro", ...touch });
    if (n % 2 === 0) await send("purchase", DAY_MS, { value: 49.99 + n, currency: n % 4 === 0 ? "EUR" : "USD", order_id: `order-${n}`, ...touch });
  }
  await post(hearth, "/track", { "x-api-key": rich.key }, {
    event: "purchase", userId: USERS[0], anonymousId: `anon_${USERS[0]}`, eventId: "purchase-today", timestamp: new Date(now - 19 * MINUTE_MS).toISOString(),
    properties: { value: 899, currency: "EUR", session_id: FULL_SESSION }, context: { library: "@datalyr/api", version: "1.3.1", source: "api" },
  });
};

/** Requests of now: the proxy's clock is believed by nobody but the proxy. */
const seedRequests = async ({ proxy }) => {
  const random = new Random(4);
  const targets = ["/", "/stoves", "/api/products/1", "/api/products/2", "/api/cart", "/missing/42"];
  const ask = (target, headers = {}, method = "GET") => fetch(proxy + target, { method, headers: { "user-agent": DEVICES[0].ua, ...headers } }).then((answer) => answer.arrayBuffer());
  const slow = ask("/reports/yearly", { cookie: `user=${USERS[1]}` });
  for (let n = 0; n < 60; n += 1) await ask(random.pick(targets), random.chance(0.5) ? { cookie: `user=${random.pick(USERS)}` } : {}, random.chance(0.2) ? "POST" : "GET");
  for (let n = 0; n < 5; n += 1) await ask("/api/broken", { cookie: `user=${USERS[0]}`, "x-app-session": FULL_SESSION });
  await ask("/stoves", { cookie: `user=${USERS[0]}`, "x-app-session": FULL_SESSION });
  await slow;
};

/** Posts JSON and insists on 200. */
export const post = async (hearth, path, headers, body) => {
  const answer = await fetch(hearth.base + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `POST ${path}: ${text.slice(0, 300)}`);
};
