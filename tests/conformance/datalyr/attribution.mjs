// Cases 62 to 75 of datalyr.md chapter 12: what brought whom, what was paid, what webhooks and apps ask for.
import assert from "node:assert/strict";
import { until } from "../../lib/until.mjs";
import { Copies, capture, eventsIn, sentAt, toNow } from "./captures.mjs";
import { ORIGIN, apiEvent, appEvent, expectReadable, expectRefused, expectTaken, landing, startWorld, unique, uuid, webBatch, webEvent } from "./world.mjs";

const DAY_MS = 86_400_000;

const CLICKS = { fbclid: "FB123", gclid: "G1", oppref: "O1", sclid: "S1", irclid: "I1", lyr: "L9", utm_source: "facebook", utm_medium: "cpc", utm_campaign: "spring", utm_id: "77" };

/** The captured visit that came by an advertisement, `agoMs` ago, sent now. */
const visit = async (w, version = "1.7.12", agoMs = 0) => {
  const copies = new Copies();
  const one = capture("web_batch", version);
  const body = sentAt(copies.text(one, toNow(one) - agoMs));
  await w.batched(body);
  const events = eventsIn(body);
  return { events, visitor: events[0].anonymous, session: events[0].session, user: copies.id("user_123"), copies };
};

/** A page's event of somebody who came by an advertisement; the visitor is never identified. */
const anonymousVisit = async (w, at = Date.now() - 5000) => {
  const visitor = `anon_${uuid()}`;
  const event = webEvent({ visitor, at, data: { ...landing(at - 50), url: landing(at).landingPage } });
  await w.batched(webBatch([event]));
  return { visitor, event };
};

const expectSpring = (touch) => {
  assert.equal(touch?.campaign, "spring");
  assert.deepEqual([touch.click_id_type, touch.click_id], ["fbclid", "FB123"]);
  assert.deepEqual([touch.parameters.oppref, touch.lyr], ["O1", "L9"]);
  assert.match(touch.landing_page ?? "", /\/landing\?/);
};

/** What is stored as the amount of an event with these properties. */
const revenueOf = async (w, properties, event = "purchase") => {
  const body = apiEvent({ event, userId: unique("user"), properties });
  await w.tracked(body);
  return (await w.p1.read.event(body.eventId)).revenue;
};

const lookup = async (w, path, question, { key = w.p1.key, from = "198.51.100.1" } = {}) => {
  const answer = await w.track(question, { target: `/attribution/${path}`, headers: { "Content-Type": "application/json", "X-Datalyr-API-Key": key, "X-Forwarded-For": from } });
  assert.ok(answer.ms < 2000, `took ${answer.ms} ms`);
  return answer;
};

const expectFound = ({ status, json }, attribution) => {
  assert.equal(status, 200);
  assert.equal(json.found, true);
  for (const [key, value] of Object.entries(json.attribution)) assert.equal(typeof value, "string", key);
  for (const [key, value] of Object.entries(attribution)) assert.equal(json.attribution[key], value, key);
};

const expectNotFound = ({ status, json }) => assert.deepEqual([status, json], [200, { found: false }]);

const identified = (visitor, email, data) => {
  const user = unique("user");
  return webEvent({ visitor, user, name: "$identify", data: { ...data, anonymous_id: visitor, user_id: user, previous_id: null, traits: { email } } });
};

export const attribution = {
  62: ["a landing with every kind of click id", async (w) => {
    const { events, user } = await visit(w);
    const event = await w.p1.read.event(events[0].id);
    for (const [key, value] of Object.entries(CLICKS)) assert.equal(event.properties[key], value, key);
    const person = await w.p1.read.person(`user:${user}`);
    for (const touch of [person.first_touch, person.last_touch]) {
      assert.deepEqual([touch.click_id_type, touch.click_id], ["fbclid", "FB123"]);
      assert.deepEqual([touch.source, touch.medium, touch.campaign, touch.lyr], ["klaviyo", "cpc", "spring", "L9"]);
      for (const [key, value] of Object.entries(CLICKS)) assert.equal(touch.parameters[key], value, key);
    }
    assert.equal((await w.p1.read.touches(`user:${user}`)).length, 1);
  }],
  63: ["a later direct visit that repeats what was stored", async (w) => {
    const { events, user, visitor } = await visit(w, "1.7.12", 2 * DAY_MS);
    const journey = () => w.p1.read.journey(`user:${user}`);
    const before = await journey();
    expectTouchOf(before, events[0]);
    const remembered = events.at(-1).properties;
    const session = `sess_${uuid()}`;
    const again = ["pageview", "button_clicked", "pageview"].map((name) =>
      webEvent({ visitor, user, session, name, data: { ...remembered, session_id: session, landingPage: "http://127.0.0.1:8790/", landingPath: "/", url: "http://127.0.0.1:8790/", captured_at: remembered.timestamp, expires_at: remembered.timestamp + 90 * DAY_MS } }));
    for (const event of again) await w.batched(webBatch([event]));
    const direct = webEvent({ visitor, user, data: { source: "direct", medium: "none" } });
    await w.batched(webBatch([direct]));
    const after = await journey();
    assert.deepEqual(after.first_touch, before.first_touch);
    assert.equal(after.last_touch.time, before.last_touch.time);
    assert.equal(after.touchpoints.length, before.touchpoints.length);
    assert.equal((await w.p1.read.touches(`user:${user}`)).length, 1);
    // The first visit goes on: no further touchpoint for it either.
    const more = webEvent({ visitor, user, session: events[0].session, at: events.at(-1).time + 60_000, data: { ...remembered, session_id: events[0].session } });
    await w.batched(webBatch([more]));
    assert.equal((await journey()).touchpoints.length, before.touchpoints.length);
  }],
  64: ["a server's purchase inherits what brought the browser", async (w) => {
    const { visitor } = await anonymousVisit(w);
    const purchase = apiEvent({ event: "purchase", anonymousId: visitor, properties: { value: 20 } });
    await w.tracked(purchase);
    const [conversion] = await w.p1.read.conversions({ person: `anonymous:${visitor}` });
    assert.equal(conversion.event_id, purchase.eventId);
    assert.deepEqual([conversion.amount, conversion.currency, conversion.is_revenue], [20, "USD", true]);
    for (const touch of [conversion.first_touch, conversion.last_touch]) expectSpring(touch);
    // The same once the visitor is known.
    const known = apiEvent({ event: "purchase", userId: unique("user"), anonymousId: visitor, properties: { value: 30 } });
    await w.tracked(known);
    const all = await w.p1.read.conversions({ person: `user:${known.userId}` });
    assert.deepEqual(all.map(({ amount }) => amount).sort(), [20, 30]);
    for (const { last_touch: touch } of all) expectSpring(touch);
  }],
  65: ["attribution in the words of web 1.2.0", async (w) => {
    const { events, user } = await visit(w, "1.2.0");
    assert.equal(events[0].properties.utm_source, undefined);
    const { first_touch: touch } = await w.p1.read.person(`user:${user}`);
    assert.deepEqual([touch.source, touch.medium, touch.campaign], ["facebook", "cpc", "spring"]);
    assert.deepEqual([touch.click_id_type, touch.click_id], ["fbclid", "FB123"]);
    const { parameters } = touch;
    assert.deepEqual([parameters.utm_source, parameters.utm_medium, parameters.utm_campaign, parameters.fbclid], ["facebook", "cpc", "spring", "FB123"]);
  }],
  66: ["which number is the amount", async (w) => {
    const usd = (amount) => ({ amount, currency: "USD" });
    assert.deepEqual(await revenueOf(w, { value: 0, revenue: 5 }), usd(0));
    assert.deepEqual(await revenueOf(w, { value: null, revenue: 5 }), usd(5));
    assert.deepEqual(await revenueOf(w, { amount: 9.99 }), usd(9.99));
    assert.deepEqual(await revenueOf(w, { total: 9 }), usd(null));
    const copies = new Copies();
    await w.tracked(copies.text(capture("rn_purchase")));
    assert.deepEqual((await w.p1.read.person(`user:${copies.id("user_rn")}`)).revenue, [{ currency: "EUR", amount: 49.99, count: 1 }]);
  }],
  67: ["an amount that is text", async (w) => {
    assert.deepEqual(await revenueOf(w, { value: "19.99" }), { amount: 19.99, currency: "USD" });
    assert.deepEqual(await revenueOf(w, { value: "free", revenue: 5 }), { amount: null, currency: "USD" });
  }],
  68: ["currencies", async (w) => {
    const userId = unique("user");
    for (const properties of [{ value: 1, currency: "usd" }, { value: 2 }, { value: 4, currency: "EUR" }]) await w.tracked(apiEvent({ event: "purchase", userId, properties }));
    const { revenue } = await w.p1.read.person(`user:${userId}`);
    const byCurrency = [...revenue].sort((a, b) => (a.currency < b.currency ? -1 : 1));
    assert.deepEqual(byCurrency, [{ currency: "EUR", amount: 4, count: 1 }, { currency: "USD", amount: 3, count: 2 }]);
  }],
  69: ["which events are revenue", async (w) => {
    for (const name of ["add_to_cart", "initiate_checkout", "view_content", "lead", "$purchase"]) assert.equal(await revenueOf(w, { value: 10 }, name), null, name);
    for (const name of ["purchase", "subscribe", "Purchase Completed", "order-completed"]) assert.deepEqual(await revenueOf(w, { value: 10 }, name), { amount: 10, currency: "USD" }, name);
    const userId = unique("user");
    await w.tracked(apiEvent({ event: "add_to_cart", userId, properties: { value: 10 } }));
    assert.deepEqual((await w.p1.read.person(`user:${userId}`)).revenue, []);
  }],
  70: ["pairings for webhooks", async (w) => {
    const { copies, visitor, user } = await visit(w);
    const stripe = copies.id("cs_test_a1B2c3D4e5F6g7H8");
    const [pairing, ...others] = await w.p1.read.pairings("stripe_checkout_session", stripe);
    assert.deepEqual([pairing.value, pairing.anonymous_id, pairing.person_id, others.length], [stripe, visitor, `user:${user}`, 0]);
    const before = [await w.p1.read.totals(), await w.p1.read.person(`user:${user}`)];
    const cart = webEvent({ visitor, user, name: "$shopify_cart", data: { shopify_cart_id: unique("gid") } });
    const answer = await w.batched(webBatch([cart]));
    assert.equal(answer.json.rejected, 0);
    const [paired] = await w.p1.read.pairings("shopify_cart", cart.event_data.shopify_cart_id);
    assert.deepEqual([paired.anonymous_id, paired.person_id], [visitor, `user:${user}`]);
    assert.equal(await w.p1.read.count(cart.event_id), 0);
    assert.deepEqual([await w.p1.read.totals(), await w.p1.read.person(`user:${user}`)], before);
  }],
  71: ["an app asks what its download came from", async (w) => {
    const from = `203.0.113.${1 + Math.floor(Math.random() * 250)}`;
    const copies = new Copies();
    const one = capture("web_app_download_click");
    const body = copies.text(one, toNow(one));
    await w.batched(body, { headers: { "X-Forwarded-For": from } });
    const question = { platform: "ios" };
    expectFound(await lookup(w, "deferred-lookup", question, { from }), { visitor_id: eventsIn(body)[0].anonymous, gclid: "GG", utm_source: "x" });
    expectNotFound(await lookup(w, "deferred-lookup", question, { from: "192.0.2.77" }));
    expectNotFound(await lookup(w, "deferred-lookup", question, { from, key: w.p2.key }));
    expectRefused(await lookup(w, "deferred-lookup", question, { from, key: "dk_wrong" }), 401);
  }],
  72: ["an app asks what an e-mail address came from", async (w) => {
    const { visitor } = await anonymousVisit(w);
    const email = `${unique("a")}@b.co`;
    await w.batched(webBatch([identified(visitor, email, landing(Date.now() - 5050))]));
    const answer = await lookup(w, "lookup", { email: ` ${email.toUpperCase()} ` });
    expectFound(answer, { visitor_id: visitor, fbclid: "FB123", gclid: "G1", lyr: "L9", utm_campaign: "spring" });
    const nothing = `${unique("b")}@b.co`;
    await w.batched(webBatch([identified(`anon_${uuid()}`, nothing, { source: "direct" })]));
    expectNotFound(await lookup(w, "lookup", { email: nothing }));
    expectNotFound(await lookup(w, "lookup", { email: `${unique("c")}@b.co` }));
    expectNotFound(await lookup(w, "lookup", { email }, { key: w.p2.key }));
    expectRefused(await lookup(w, "lookup", { email }, { key: "dk_wrong" }), 401);
  }],
  73: ["an app's purchase is credited with a browser's touches", async (w) => {
    const { visitor } = await anonymousVisit(w);
    const anonymousId = `anon_${uuid()}`;
    await w.tracked(appEvent({ event: "$web_attribution_matched", anonymousId, properties: { web_visitor_id: visitor, match_method: "email" } }));
    const purchase = appEvent({ event: "purchase", anonymousId, properties: { value: 12, revenue: 12 } });
    await w.tracked(purchase);
    const [conversion] = await w.p1.read.conversions({ person: `anonymous:${anonymousId}` });
    assert.equal(conversion.event_id, purchase.eventId);
    expectSpring(conversion.last_touch);
    // Nobody was merged.
    assert.equal((await w.p1.read.person(`anonymous:${visitor}`)).person_id, `anonymous:${visitor}`);
    assert.equal((await w.p1.read.person(`anonymous:${anonymousId}`)).person_id, `anonymous:${anonymousId}`);
  }],
  74: ["consent to analytics but not to marketing", async (w) => {
    const before = (await w.p1.read.totals()).page_views;
    const [refused, sold, open] = [{ analytics: true, marketing: false }, { analytics: true, marketing: true, sale: false }, { analytics: true, marketing: true }]
      .map((consent) => webEvent({ data: { consent } }));
    await w.batched(webBatch([refused, sold, open]));
    assert.equal((await w.p1.read.totals()).page_views, before + 3);
    const may = async ({ event_id: id }) => (await w.p1.read.event(id)).may_advertise;
    assert.deepEqual([await may(refused), await may(sold), await may(open)], [false, false, true]);
    assert.deepEqual((await w.p1.read.event(refused.event_id)).properties.consent, { analytics: true, marketing: false });
  }],
  75: ["a store that cannot be written, and a server that stops", async () => {
    // More free space than any disk has is asked for: nothing may be written.
    const w = await startWorld({ STORAGE__MIN_FREE: "1024GiB" }, { isReady: false });
    try {
      const [single, batch] = [apiEvent(), webBatch([webEvent()])];
      const ids = [single.eventId, batch.events[0].event_id];
      const refusals = await until("the disk is found full", async () => {
        const answers = [await w.track(single), await w.web(batch)];
        assert.ok(answers.every(({ status }) => status !== 200), "taken");
        return answers;
      });
      for (const answer of refusals) {
        expectRefused(answer, 429);
        assert.match(answer.headers["retry-after"] ?? "", /^([1-9]|[12]\d|30)$/);
      }
      expectReadable(refusals[1], ORIGIN);
      for (const id of ids) assert.equal(await w.p1.read.count(id), 0);
      await w.installation.restart("stop", {});
      expectTaken(await w.track(single), JSON.stringify(single));
      expectTaken(await w.web(batch), JSON.stringify(batch));
      for (const id of ids) assert.equal(await w.p1.read.count(id), 1);
      await draining(w);
    } finally { if (w.hearth.isAlive()) await w.hearth.stop(); }
  }],
};

/** While it stops, what is answered 200 is kept, and everything else is 429 or no answer; the same ids are taken later, once. */
const draining = async (w) => {
  const taken = new Set();
  const refused = new Set();
  const statuses = new Set();
  let stopped = false;
  const stopping = { run: undefined };
  const load = Array.from({ length: 8 }, async () => {
    while (!stopped) {
      const body = apiEvent();
      const answer = await w.track(body).catch(() => ({ status: 0 }));
      statuses.add(answer.status);
      (answer.status === 200 ? taken : refused).add(body);
      if (answer.status === 429) assert.match(answer.headers["retry-after"] ?? "", /^([1-9]|[12]\d|30)$/);
      if (taken.size > 50) stopping.run ??= w.hearth.stop().finally(() => { stopped = true; });
    }
  });
  await Promise.all(load);
  await stopping.run;
  for (const status of statuses) assert.ok([200, 429, 0].includes(status), `answered ${status} while stopping`);
  await w.installation.restart("kill", {});
  for (const { eventId } of taken) assert.equal(await w.p1.read.count(eventId), 1, "an event that was answered 200 is gone");
  for (const body of refused) {
    expectTaken(await w.track(body), JSON.stringify(body));
    assert.equal(await w.p1.read.count(body.eventId), 1);
  }
};

const expectTouchOf = ({ first_touch: first, last_touch: last, touchpoints }, { properties }) => {
  assert.equal(first.campaign, properties.campaign);
  assert.equal(last.campaign, properties.campaign);
  assert.equal(touchpoints.length, 1);
};
