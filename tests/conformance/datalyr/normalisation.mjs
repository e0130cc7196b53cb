// Cases 20 to 32 of datalyr.md chapter 12: one event, whatever its shape.
import assert from "node:assert/strict";
import { Copies, capture, eventsIn, toNow } from "./captures.mjs";
import { apiEvent, appEvent, expectRefused, iso, unique, uuid, webBatch, webEvent } from "./world.mjs";

/** Sends a capture with a key, as what its text says, and returns `{sent, event, copies}`. */
const sendOne = async (w, kind, version, nth) => {
  const copies = new Copies();
  const body = copies.text(capture(kind, version, nth));
  await w.tracked(body);
  const [sent] = eventsIn(body);
  return { sent, copies, event: await w.p1.read.event(sent.id) };
};

const webCapture = (kind, version) => {
  const one = capture(kind, version);
  const copies = new Copies();
  return { copies, body: copies.text(one, toNow(one)) };
};

export const normalisation = {
  20: ["an anonymous event, and one of 2024's SDK", async (w) => {
    const { sent, event } = await sendOne(w, "track_anonymous");
    assert.equal(event.user_id, null);
    assert.equal(event.person_id, `anonymous:${sent.anonymous}`);
    assert.equal((await w.p1.read.person(`anonymous:${sent.anonymous}`)).person_id, `anonymous:${sent.anonymous}`);
    const copies = new Copies();
    await w.tracked(copies.text(capture("old_track", "1.0.2")), { target: "/" });
    const user = copies.id("user_old");
    const events = await w.p1.read.eventsOf(`user:${user}`);
    assert.equal(events.length, 1);
    assert.equal(events[0].name, "old_track_1.0.2");
    assert.equal(events[0].user_id, user);
    assert.equal(events[0].channel, "api");
    assert.ok(typeof events[0].event_id === "string" && events[0].event_id !== "", `event_id ${events[0].event_id}`);
  }],
  21: ["web 1.0.2 says everything twice", async (w) => {
    const { body } = webCapture("web_batch", "1.0.2");
    const { json } = await w.batched(body);
    assert.deepEqual(json, { success: true, accepted: 6, duplicates: 0, rejected: 0 });
    const sent = eventsIn(body);
    assert.equal((await w.p1.read.events({ session: sent[0].session })).length, 6);
    for (const { id, name, session } of sent) {
      const event = await w.p1.read.event(id);
      assert.deepEqual([event.name, event.session_id, event.channel], [name, session, "web"]);
    }
    // Either spelling is enough.
    const { body: again } = webCapture("web_batch", "1.0.2");
    const halves = JSON.parse(again);
    const camel = ["workspaceId", "eventId", "eventName", "eventData", "visitorId", "sessionId"];
    const snake = ["workspace_id", "event_id", "event_name", "event_data", "visitor_id", "session_id"];
    halves.events.forEach((event, at) => { for (const field of at % 2 ? camel : snake) delete event[field]; });
    assert.equal((await w.batched(halves)).json.accepted, 6);
    for (const { id, name, session } of eventsIn(again)) {
      const event = await w.p1.read.event(id);
      assert.deepEqual([event.name, event.session_id], [name, session]);
    }
  }],
  22: ["a page view: its channel, its source, its time", async (w) => {
    const { body } = webCapture("web_batch", "1.7.12");
    await w.batched(body);
    const sent = eventsIn(body).find(({ name }) => name === "pageview");
    const event = await w.p1.read.event(sent.id);
    assert.equal(event.channel, "web");
    assert.equal(event.kind, "page_view");
    assert.equal(event.source, "klaviyo");
    assert.equal(event.properties.utm_source, "facebook");
    assert.equal(event.time, sent.time);
    assert.notEqual(event.time, sent.properties.timestamp);
    assert.equal(event.properties.timestamp, sent.properties.timestamp);
  }],
  23: ["a purchase in an app: its session, its channel, no source", async (w) => {
    const { sent, event } = await sendOne(w, "rn_purchase");
    assert.equal(event.session_id, sent.session);
    assert.equal(event.is_synthetic_session, false);
    assert.equal(event.channel, "mobile_app");
    assert.notEqual(event.source, "mobile_app");
    assert.deepEqual(event.revenue, { amount: 49.99, currency: "EUR" });
  }],
  24: ["the device of a raw event, under either name", async (w) => {
    for (const field of ["deviceContext", "fingerprintData"]) {
      const copies = new Copies();
      const body = copies.text(capture("rn_raw_track")).replace('"deviceContext":', `"${field}":`);
      const device = JSON.parse(body)[field];
      assert.ok(device, field);
      await w.tracked(body);
      const { context } = await w.p1.read.event(eventsIn(body)[0].id);
      assert.deepEqual(context.deviceContext ?? context.fingerprintData, device, field);
    }
  }],
  25: ["Swift's offset without a colon", async (w) => {
    const body = appEvent({ timestamp: "2026-06-03T10:00:00.000+0000", library: "@datalyr/swift", userId: unique("user") });
    await w.tracked(body);
    assert.equal((await w.p1.read.event(body.eventId)).time, Date.parse("2026-06-03T10:00:00.000Z"));
  }],
  26: ["a user id that is a number", async (w) => {
    const { event, copies } = await sendOne(w, "edge_numeric_user");
    const number = Number(copies.id("12345"));
    assert.equal(event.user_id, String(number));
    await w.tracked(apiEvent({ userId: String(number) }));
    await w.batched(webBatch([webEvent({ user: number }), webEvent({ user: String(number) })]));
    const person = await w.p1.read.person(`user:${number}`);
    assert.equal(person.person_id, `user:${number}`);
    assert.equal(person.events, 4);
    assert.deepEqual(person.ids.filter(({ kind }) => kind === "user"), [{ kind: "user", id: String(number) }]);
  }],
  27: ["a batch with a character cut in two", async (w) => {
    const { body, copies } = webCapture("web_batch_lone_surrogate_and_numeric_user");
    assert.match(body, /\\ud83d…|\\ud83d\.\.\.|\\ud83d/);
    const { json } = await w.batched(body);
    assert.deepEqual(json, { success: true, accepted: 4, duplicates: 0, rejected: 0 });
    const sent = eventsIn(body);
    assert.equal(sent.length, 4);
    for (const { id, name } of sent) assert.equal((await w.p1.read.event(id)).name, name);
    const cut = sent.find(({ properties }) => typeof properties.t === "string" && !properties.t.isWellFormed());
    const stored = (await w.p1.read.event(cut.id)).properties.t;
    assert.equal(stored, cut.properties.t.toWellFormed());
    assert.ok(stored.includes("\ufffd"));
    assert.equal((await w.p1.read.event(sent.at(-1).id)).user_id, copies.id("12345"));
  }],
  28: ["an event id cut in two, byte for byte, twice", async (w) => {
    const { raw } = capture("edge_surrogate_cut");
    assert.ok(raw.includes("\\ud83d-"));
    assert.equal((await w.tracked(raw)).json.duplicate ?? false, false);
    assert.equal((await w.tracked(raw)).json.duplicate, true);
    const events = (await w.p1.read.events({ name: "surrogate_cut" })).filter(({ user_id: user }) => user === "ü☃😀");
    assert.equal(events.length, 1);
    assert.equal(events[0].event_id, JSON.parse(raw).eventId.toWellFormed());
  }],
  29: ["keys and numbers at the edge", async (w) => {
    for (const kind of ["edge_proto", "edge_undefined_props", "edge_bigint_user"]) {
      const { sent, event } = await sendOne(w, kind);
      assert.deepEqual(event.properties, sent.properties, kind);
      assert.deepEqual(Object.keys(event.properties), Object.keys(sent.properties), kind);
    }
  }],
  30: ["an event without a name", async (w) => {
    for (const event of [undefined, "", 7, null, {}]) {
      const body = apiEvent({ event });
      expectRefused(await w.track(body), 400);
      assert.equal(await w.p1.read.count(body.eventId), 0);
    }
    for (const name of [undefined, "", 7]) {
      const events = Array.from({ length: 10 }, () => webEvent());
      events[4].event_name = name;
      const { json } = await w.batched(webBatch(events));
      assert.deepEqual(json, { success: true, accepted: 9, duplicates: 0, rejected: 1 });
      for (const [at, { event_id: id }] of events.entries()) assert.equal(await w.p1.read.count(id), at === 4 ? 0 : 1);
      assert.ok((await w.p1.read.quarantine()).some(({ body }) => body.includes(events[4].event_id)), "not in the quarantine");
    }
  }],
  31: ["names are kept as they are", async (w) => {
    const anonymousId = `anon_${uuid()}`;
    const names = ["Order Completed", "order completed", "checkout:step_1", "購入完了", " spaces ", "n".repeat(200)];
    for (const event of names) await w.tracked(apiEvent({ event, anonymousId }));
    const stored = (await w.p1.read.eventsOf(`anonymous:${anonymousId}`)).map(({ name }) => name);
    assert.deepEqual(stored.sort(), [...names].sort());
    for (const name of names) assert.ok((await w.p1.read.events({ name, person: `anonymous:${anonymousId}` })).length === 1, name.slice(0, 30));
  }],
  32: ["an empty batch and a large one", async (w) => {
    const before = (await w.p1.read.totals()).events;
    assert.deepEqual((await w.batched({ events: [], batchId: "x", timestamp: iso(Date.now()), workspace_id: "ws_1" })).json, { success: true, accepted: 0, duplicates: 0, rejected: 0 });
    const plain = await w.web({ events: [], batchId: "x", timestamp: iso(Date.now()) });
    assert.equal(plain.status, 200, plain.text);
    assert.equal((await w.p1.read.totals()).events, before);
    const session = `sess_${uuid()}`;
    const events = Array.from({ length: 1000 }, (_, n) => webEvent({ session, data: { n } }));
    assert.deepEqual((await w.batched(webBatch(events))).json, { success: true, accepted: 1000, duplicates: 0, rejected: 0 });
    const stored = await w.p1.read.events({ session });
    assert.deepEqual(new Set(stored.map(({ properties }) => properties.n)).size, 1000);
    assert.equal(stored.length, 1000);
  }],
};

