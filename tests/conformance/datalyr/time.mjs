// Cases 42 to 48 of datalyr.md chapter 12: when something happened, and in which session.
import assert from "node:assert/strict";
import { Copies, capture, eventsIn, toNow } from "./captures.mjs";
import { apiEvent, appEvent, iso, unique, uuid, webBatch, webEvent } from "./world.mjs";

const DAY_MS = 86_400_000;

/** The UTC hour of `ms`. */
const hour = (ms) => ms - (ms % 3_600_000);

export const time = {
  42: ["seconds and milliseconds", async (w) => {
    for (const timestamp of [1751373296, "1751373296", 1751373296000, "1751373296000"]) {
      const body = apiEvent({ timestamp });
      await w.tracked(body);
      assert.equal((await w.p1.read.event(body.eventId)).time, Date.parse("2025-07-01T12:34:56Z"), JSON.stringify(timestamp));
    }
  }],
  43: ["no time, or none that can be read", async (w) => {
    for (const timestamp of [undefined, null, "not a date", {}, [], true, ""]) {
      const body = apiEvent({ timestamp });
      const at = Date.now();
      await w.tracked(body);
      const event = await w.p1.read.event(body.eventId);
      assert.ok(Math.abs(event.time - at) < 5000, `${JSON.stringify(timestamp)}: ${event.time - at} ms off`);
    }
  }],
  44: ["a purchase of ten days ago", async (w) => {
    const currency = "XTS";
    const then = hour(Date.now() - 10 * DAY_MS) + 1000;
    const day = (ms) => ({ from: ms - (ms % DAY_MS), to: ms - (ms % DAY_MS) + DAY_MS - 1 });
    const purchases = async ({ from, to }) => (await w.p1.read.totals(from, to)).names.find(({ name }) => name === "purchase")?.count ?? 0;
    const [past, today] = [day(then), day(Date.now())];
    const before = [await purchases(past), await purchases(today)];
    await w.tracked(apiEvent({ event: "purchase", timestamp: iso(then), properties: { value: 7, currency } }));
    assert.deepEqual([await purchases(past), await purchases(today)], [before[0] + 1, before[1]]);
    const { revenue } = await w.p1.read.get("/revenue", { by: "day" });
    const { rows, amount, count } = revenue.find((one) => one.currency === currency);
    assert.deepEqual([amount, count], [7, 1]);
    assert.deepEqual(rows.map(({ key }) => key), [iso(then).slice(0, 10)]);
    assert.equal((await w.p1.read.totals(today.from, today.to)).revenue.some((one) => one.currency === currency), false);
  }],
  45: ["times of the far future", async (w) => {
    for (const kind of ["edge_far_future", "edge_expanded_year"]) {
      const body = new Copies().text(capture(kind));
      const at = Date.now();
      await w.tracked(body);
      const { eventId, timestamp } = JSON.parse(body);
      const event = await w.p1.read.event(eventId);
      assert.ok(Math.abs(event.time - at) < 5000, `${kind}: ${event.time}`);
      assert.equal(event.client_time, timestamp);
    }
  }],
  46: ["a purchase that overtakes its page view", async (w) => {
    const copies = new Copies();
    const later = toNow(capture("web_batch", "1.7.12"));
    const [purchase, batch] = ["web_critical_purchase", "web_batch"].map((kind) => copies.text(capture(kind, "1.7.12"), later));
    await w.batched(purchase);
    await w.batched(batch);
    const [bought] = eventsIn(purchase);
    const view = eventsIn(batch).find(({ name }) => name === "pageview");
    assert.equal(bought.session, view.session);
    const session = await w.p1.read.session(bought.session);
    assert.equal(session.started_at, view.time);
    assert.equal(session.events, 8);
    const user = `user:${copies.id("user_123")}`;
    assert.deepEqual(session.person_ids, [user]);
    assert.equal((await w.p1.read.all("/track/sessions", "sessions", { person: user })).length, 1);
    const order = (await w.p1.read.timeline(user)).filter(({ kind }) => kind === "event").map(({ event_id: id }) => id);
    assert.ok(order.indexOf(view.id) >= 0 && order.indexOf(view.id) < order.indexOf(bought.id), "not in order");
    for (const { id } of [view, bought]) assert.equal((await w.p1.read.event(id)).person_id, user);
  }],
  47: ["page views and sessions are counted", async (w) => {
    const visits = async () => (await w.p1.read.totals()).visits;
    const views = async () => (await w.p1.read.totals()).page_views;
    const before = [await visits(), await views()];
    const common = { session: `sess_${uuid()}`, visitor: `anon_${uuid()}` };
    await w.batched(webBatch([webEvent(common), webEvent(common), webEvent({ ...common, name: "purchase", data: { value: 1 } })]));
    const session = await w.p1.read.session(common.session);
    assert.deepEqual([session.events, session.page_views], [3, 2]);
    assert.deepEqual([await visits(), await views()], [before[0] + 1, before[1] + 2]);
    for (const [at, name] of ["$pageview", "pageview", "page_view"].entries()) {
      await w.batched(webBatch([webEvent({ ...common, name })]));
      assert.equal((await w.p1.read.session(common.session)).page_views, 3 + at, name);
    }
    await w.batched(webBatch([webEvent({ ...common, name: "session_start" })]));
    await w.tracked(appEvent({ event: "session_start", session: common.session, anonymousId: common.visitor }));
    assert.equal(await visits(), before[0] + 1);
    assert.equal((await w.p1.read.session(common.session)).page_views, 5);
  }],
  48: ["sessions that are made up for a server's events", async (w) => {
    const userId = unique("user");
    const start = hour(Date.now()) - 3_600_000 * 30;
    const visits = (await w.p1.read.totals()).visits;
    const sessions = [];
    for (const minute of [5, 55, 65]) {
      const body = apiEvent({ userId, timestamp: iso(start + minute * 60_000) });
      await w.tracked(body);
      const event = await w.p1.read.event(body.eventId);
      assert.equal(event.is_synthetic_session, true);
      sessions.push(event.session_id);
    }
    assert.equal(sessions[0], sessions[1]);
    assert.notEqual(sessions[1], sessions[2]);
    assert.equal((await w.p1.read.totals()).visits, visits);
  }],
};
