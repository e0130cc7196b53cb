// Cases 33 to 41 of datalyr.md chapter 12: the same id is the same event. Case 40, which needs another clock, is a Rust
// test (tests/api/track_cases.rs).
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { Copies, capture, eventsIn, toNow } from "./captures.mjs";
import { apiEvent, expectTaken, unique, uuid, webBatch, webEvent } from "./world.mjs";

const parallel = async (w, times) => {
  const body = apiEvent({ event: "purchase", userId: unique("user"), properties: { value: 5 } });
  const answers = await Promise.all(Array.from({ length: times }, () => w.track(body)));
  for (const answer of answers) expectTaken(answer, JSON.stringify(body));
  assert.equal(answers.filter(({ json }) => json.duplicate).length, times - 1);
  assert.equal(await w.p1.read.count(body.eventId), 1);
  assert.deepEqual((await w.p1.read.person(`user:${body.userId}`)).revenue, [{ currency: "USD", amount: 5, count: 1 }]);
};

export const deduplication = {
  33: ["a purchase twice", async (w) => {
    const copies = new Copies();
    const body = copies.text(capture("purchase"));
    await w.tracked(body);
    assert.equal((await w.tracked(body)).json.duplicate, true);
    const [{ id }] = eventsIn(body);
    assert.deepEqual((await w.p1.read.event(id)).revenue, { amount: 49.99, currency: "USD" });
    const person = `user:${copies.id("user_123")}`;
    assert.deepEqual((await w.p1.read.person(person)).revenue, [{ currency: "USD", amount: 49.99, count: 1 }]);
    assert.deepEqual((await w.p1.read.conversions({ person })).map(({ amount }) => amount), [49.99]);
  }],
  34: ["20 at once, and 50", async (w) => {
    await parallel(w, 20);
    await parallel(w, 50);
  }],
  35: ["one id in two projects", async (w) => {
    const body = apiEvent();
    for (const { key, read } of [w.p1, w.p2]) {
      assert.equal((await w.tracked(body, { key })).json.duplicate ?? false, false);
      assert.equal(await read.count(body.eventId), 1);
    }
  }],
  36: ["what the unload beacon sent is sent again by the next page", async (w) => {
    const copies = new Copies();
    const later = toNow(capture("web_redrain_next_load", "1.7.12"));
    const [beacon, again] = ["web_beacon_on_unload", "web_redrain_next_load"].map((kind) => copies.text(capture(kind, "1.7.12"), later));
    assert.deepEqual(eventsIn(beacon).map(({ id }) => id), eventsIn(again).map(({ id }) => id));
    assert.notEqual(JSON.parse(beacon).batchId, JSON.parse(again).batchId);
    assert.deepEqual((await w.batched(beacon)).json, { success: true, accepted: 3, duplicates: 0, rejected: 0 });
    assert.deepEqual((await w.batched(again)).json, { success: true, accepted: 0, duplicates: 3, rejected: 0 });
    assert.equal((await w.p1.read.events({ session: eventsIn(beacon)[0].session })).length, 3);
  }],
  37: ["twice in one batch", async (w) => {
    const event = webEvent();
    const { json } = await w.batched(webBatch([event, webEvent(), { ...event, event_name: "other" }]));
    assert.deepEqual(json, { success: true, accepted: 2, duplicates: 1, rejected: 0 });
    assert.equal((await w.p1.read.event(event.event_id)).name, event.event_name);
  }],
  38: ["first from a page, then from a server", async (w) => {
    const event = webEvent({ name: "purchase", data: { value: 3 } });
    await w.batched(webBatch([event]));
    const copy = apiEvent({ eventId: event.event_id, event: "purchase", properties: { value: 4 } });
    assert.equal((await w.tracked(copy)).json.duplicate, true);
    assert.deepEqual((await w.p1.read.event(event.event_id)).revenue, { amount: 3, currency: "USD" });
  }],
  39: ["a restart between two copies", async (w) => {
    const bodies = [apiEvent(), apiEvent()];
    for (const [at, end] of ["stop", "kill"].entries()) {
      await w.tracked(bodies[at]);
      await w.installation.restart(end);
      assert.equal((await w.tracked(bodies[at])).json.duplicate, true, `after ${end}`);
      assert.equal(await w.p1.read.count(bodies[at].eventId), 1);
    }
  }],
  41: ["no id, other letters, a difference at the end", async (w) => {
    const anonymousId = `anon_${uuid()}`;
    const without = apiEvent({ eventId: undefined, anonymousId });
    for (let copy = 0; copy < 2; copy += 1) assert.equal((await w.tracked(without)).json.duplicate ?? false, false);
    assert.equal((await w.p1.read.eventsOf(`anonymous:${anonymousId}`)).length, 2);
    const tail = crypto.randomBytes(8).toString("hex");
    const long = `${tail}${"x".repeat(255 - tail.length)}`;
    const pairs = [[`evt_a${tail}`, `EVT_A${tail}`], [`${long}1`, `${long}2`], [`${tail}z`, `${tail}z `]];
    for (const pair of pairs) for (const eventId of pair) {
      const body = apiEvent({ eventId });
      assert.equal((await w.tracked(body)).json.duplicate ?? false, false, eventId);
      assert.equal((await w.p1.read.event(eventId)).event_id, eventId);
    }
  }],
};
