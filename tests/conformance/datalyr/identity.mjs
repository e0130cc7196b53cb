// Cases 49 to 61 of datalyr.md chapter 12: who is who.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { Copies, capture, eventsIn } from "./captures.mjs";
import { apiEvent, appEvent, iso, unique, uuid, webBatch, webEvent } from "./world.mjs";

const idsOf = (person, kind) => person.ids.filter((one) => one.kind === kind).map(({ id }) => id).sort();

const identify = (userId, traits, more = {}) => apiEvent({ event: "$identify", userId, properties: traits, ...more });

/** The ids of all events of a person, as a set. */
const eventIds = async (w, person) => new Set((await w.p1.read.eventsOf(person)).map(({ event_id: id }) => id));

/** Sends events of a user with traits; returns their ids. */
const history = async (w, userId, traits, at) => {
  const bodies = [identify(userId, traits, { timestamp: iso(at) }), apiEvent({ userId, timestamp: iso(at + 1000) })];
  for (const body of bodies) await w.tracked(body);
  return bodies.map(({ eventId }) => eventId);
};

/** An alias between two users with a past and a future: one person in the end, whatever is repeated. */
const aliased = async (w, kind, version, [absorbed, survivor]) => {
  const copies = new Copies();
  const body = copies.text(capture(kind, version));
  const [oldUser, newUser] = [copies.id(absorbed), copies.id(survivor)];
  const now = Date.now();
  const sent = [
    ...(await history(w, oldUser, { email: `${oldUser}@example.org`, plan: "free" }, now - 50_000)),
    ...(await history(w, newUser, { city: "Berlin" }, now - 40_000)),
    eventsIn(body)[0].id,
  ];
  await w.tracked(body);
  for (const user of [oldUser, newUser]) {
    const after = apiEvent({ userId: user });
    await w.tracked(after);
    sent.push(after.eventId);
  }
  const read = async () => {
    const persons = await Promise.all([oldUser, newUser].map((user) => w.p1.read.person(`user:${user}`)));
    assert.deepEqual(persons[0], persons[1]);
    return persons[0];
  };
  const person = await read();
  assert.equal(person.person_id, `user:${newUser}`);
  assert.deepEqual(idsOf(person, "user"), [oldUser, newUser].sort());
  assert.equal(person.traits.email, `${oldUser}@example.org`);
  assert.equal(person.traits.plan, "free");
  assert.equal(person.traits.city, "Berlin");
  assert.deepEqual(await eventIds(w, `user:${newUser}`), new Set(sent));
  const { eventId, ...rest } = JSON.parse(body);
  await w.tracked({ ...rest, eventId: uuid() });
  const { events: more, last_seen_at: seen, ...same } = await read();
  const { events, last_seen_at: before, ...first } = person;
  assert.deepEqual(same, first);
  assert.equal(more, events + 1);
  assert.equal(seen, before);
};

export const identity = {
  49: ["what came before $identify belongs to the user", async (w) => {
    const common = { visitor: `anon_${uuid()}`, session: `sess_${uuid()}` };
    const user = unique("user");
    const before = [1, 2, 3].map(() => webEvent(common));
    await w.batched(webBatch(before));
    assert.equal((await w.p1.read.event(before[0].event_id)).person_id, `anonymous:${common.visitor}`);
    const said = webEvent({ ...common, user, name: "$identify", data: { anonymous_id: common.visitor, user_id: user, previous_id: null, traits: {} } });
    await w.batched(webBatch([said]));
    for (const { event_id: id } of [...before, said]) assert.equal((await w.p1.read.event(id)).person_id, `user:${user}`);
    const person = await w.p1.read.person(`anonymous:${common.visitor}`);
    assert.equal(person.person_id, `user:${user}`);
    assert.equal(person.events, 4);
    assert.deepEqual(idsOf(person, "anonymous"), [common.visitor]);
  }],
  50: ["a server's event that names both", async (w) => {
    const visitor = `anon_${uuid()}`;
    const userId = unique("user");
    const pages = [webEvent({ visitor }), webEvent({ visitor })];
    await w.batched(webBatch(pages));
    await w.tracked(apiEvent({ userId, anonymousId: visitor }));
    const person = await w.p1.read.person(`user:${userId}`);
    assert.equal(person.events, 3);
    assert.deepEqual(await w.p1.read.person(`anonymous:${visitor}`), person);
    for (const { event_id: id } of pages) assert.equal((await w.p1.read.event(id)).person_id, `user:${userId}`);
  }],
  51: ["an alias makes one person of two users", (w) => aliased(w, "alias", "1.3.1", ["old_user_123", "new_user_456"])],
  52: ["an alias in the words of api 1.2.3", (w) => aliased(w, "old_alias", "1.2.3", ["user_old", "user_old2"])],
  53: ["an alias of React Native", async (w) => {
    const copies = new Copies();
    const body = copies.text(capture("rn_alias"));
    const [oldUser, newUser] = [copies.id("user_rn"), copies.id("user_rn_2")];
    const { properties } = JSON.parse(body);
    const earlier = appEvent({ event: "earlier", userId: oldUser, anonymousId: properties.anonymousId });
    await w.tracked(earlier);
    await w.tracked(body);
    const person = await w.p1.read.person(`user:${newUser}`);
    assert.equal(person.person_id, `user:${newUser}`);
    assert.deepEqual(await eventIds(w, `user:${newUser}`), new Set([earlier.eventId, JSON.parse(body).eventId]));
    for (const name of [`user:${oldUser}`, `device:${properties.visitorId}`, `anonymous:${properties.anonymousId}`]) {
      assert.equal((await w.p1.read.person(name))?.person_id, `user:${newUser}`, name);
    }
  }],
  54: ["users of api 1.3.1 stay apart", async (w) => {
    const users = [unique("a"), unique("b")];
    for (const userId of [...users, ...users]) await w.tracked(apiEvent({ userId }));
    for (const userId of users) {
      const person = await w.p1.read.person(`user:${userId}`);
      assert.deepEqual(idsOf(person, "user"), [userId]);
      assert.equal(person.events, 2);
    }
  }],
  55: ["one anonymous id for all users of a server ties nobody", async (w) => {
    const anonymousId = `anon_${crypto.randomBytes(16).toString("hex").slice(0, 11)}mwp63m80`;
    const users = ["a", "b", "c"].map((name) => unique(name));
    const old = { anonymousId, context: { library: "@datalyr/api", version: "1.2.3", schema_version: undefined } };
    for (const userId of users) {
      await w.tracked(identify(userId, { email: `${userId}@example.org` }, old));
      await w.tracked(apiEvent({ userId, ...old }));
    }
    for (const userId of users) {
      const person = await w.p1.read.person(`user:${userId}`);
      assert.equal(person.person_id, `user:${userId}`);
      assert.deepEqual(idsOf(person, "user"), [userId]);
      assert.equal(person.traits.email, `${userId}@example.org`);
      assert.equal(person.events, 2);
    }
  }],
  56: ["a device's id in place of a user's", async (w) => {
    const copies = new Copies();
    const [install, reset, said] = ["rn_old_app_install", "rn_old_track_after_reset", "rn_old_identify"].map((kind) => copies.text(capture(kind, "1.7.12")));
    const [first, second] = [install, reset].map((body) => JSON.parse(body));
    assert.equal(first.userId, second.userId);
    await w.tracked(install);
    await w.tracked(reset);
    for (const { eventId, anonymousId } of [first, second]) {
      const event = await w.p1.read.event(eventId);
      assert.equal(event.user_id, null);
      assert.equal(event.device_id, first.userId);
      assert.equal(event.person_id, `anonymous:${anonymousId}`);
      const person = await w.p1.read.person(`anonymous:${anonymousId}`);
      assert.equal(person.events, 1);
      assert.deepEqual(idsOf(person, "user"), []);
    }
    assert.equal(await w.p1.read.person(`user:${first.userId}`), undefined);
    // Somebody logs in on that device: the second visitor remains a stranger.
    await w.tracked(said);
    const user = `user:${copies.id("user_rn")}`;
    assert.equal((await w.p1.read.event(first.eventId)).person_id, user);
    assert.equal((await w.p1.read.event(second.eventId)).person_id, `anonymous:${second.anonymousId}`);
    assert.deepEqual(idsOf(await w.p1.read.person(user), "user"), [copies.id("user_rn")]);
    assert.equal(await w.p1.read.person(`user:${first.userId}`), undefined);
  }],
  57: ["two visitors of one browser", async (w) => {
    const shared = {
      _fbp: `fb.1.1795191176255.${unique()}`, _fbc: "fb.1.1795191176257.FB123", _ga: `GA1.1.${unique()}`,
      device_fingerprint: { timezone: "UTC", language: "en-US", screen_bucket: "1300x700", userAgent: "Mozilla/5.0" },
    };
    const [a, b] = [`anon_${uuid()}`, `anon_${uuid()}`];
    const user = unique("user");
    await w.batched(webBatch([webEvent({ visitor: a, user, name: "$identify", data: { ...shared, user_id: user, anonymous_id: a, traits: { email: `${user}@example.org` } } })]));
    await w.batched(webBatch([webEvent({ visitor: b, data: shared })]));
    const [known, stranger] = [await w.p1.read.person(`anonymous:${a}`), await w.p1.read.person(`anonymous:${b}`)];
    assert.equal(known.person_id, `user:${user}`);
    assert.equal(stranger.person_id, `anonymous:${b}`);
    assert.deepEqual(idsOf(known, "anonymous"), [a]);
    assert.deepEqual(stranger.traits, {});
    assert.equal(stranger.events, 1);
  }],
  58: ["groups are events", async (w) => {
    const copies = new Copies();
    const api = copies.text(capture("group"));
    await w.tracked(api);
    const event = await w.p1.read.event(eventsIn(api)[0].id);
    assert.deepEqual([event.name, event.properties.groupId], ["$group", "company_456"]);
    const person = await w.p1.read.person(`user:${copies.id("user_123")}`);
    assert.deepEqual(idsOf(person, "user"), [copies.id("user_123")]);
    assert.deepEqual(person.traits, {});
    const [first, second] = [unique("user"), unique("user")];
    for (const user of [first, second]) {
      const web = webEvent({ user, name: "$group", data: { group_id: "company_456", traits: { name: "Acme" } } });
      await w.batched(webBatch([web]));
      assert.equal((await w.p1.read.event(web.event_id)).properties.group_id, "company_456");
    }
    for (const user of [first, second]) {
      const member = await w.p1.read.person(`user:${user}`);
      assert.deepEqual(idsOf(member, "user"), [user]);
      assert.deepEqual(member.traits, {});
    }
  }],
  59: ["a provider's id", async (w) => {
    const copies = new Copies();
    const body = copies.text(capture("rn_provider_identity_bound"));
    await w.tracked(body);
    await w.tracked({ ...JSON.parse(body), eventId: uuid() });
    const person = await w.p1.read.person(`external:revenuecat:${copies.id("rc_user_9")}`);
    assert.equal(person.person_id, `user:${copies.id("user_rn_2")}`);
    assert.deepEqual(idsOf(person, "external"), [`revenuecat:${copies.id("rc_user_9")}`]);
    assert.equal(person.events, 2);
  }],
  60: ["traits in every style", async (w) => {
    const traits = (user) => ({ email: `${user}@example.org`, first_name: "Jane", phone: "+15551234" });
    const camel = (user) => ({ email: `${user}@example.org`, firstName: "Jane", phoneNumber: "+15551234" });
    const styles = {
      flat: (user) => w.tracked(identify(user, traits(user))),
      "flat, camel case": (user) => w.tracked(identify(user, camel(user))),
      $set: (user) => w.tracked(identify(user, { $set: camel(user) }, { context: { version: "1.2.1", schema_version: undefined } })),
      web: (user) => w.batched(webBatch([webEvent({ user, name: "$identify", data: { user_id: user, previous_id: null, traits: camel(user), resolution_method: "identify_call" } })])),
      swift: (user) => w.tracked(appEvent({ event: "$identify", userId: user, anonymousId: `anon_${uuid()}`, library: "@datalyr/swift", properties: { user_id: user, properties: camel(user), ...traits(user) } })),
      "swift, not hoisted": (user) => w.tracked(appEvent({ event: "$identify", userId: user, anonymousId: `anon_${uuid()}`, library: "@datalyr/swift", properties: { user_id: user, properties: camel(user) } })),
      "react native": (user) => w.tracked(appEvent({ event: "$identify", userId: user, anonymousId: `anon_${uuid()}`, properties: { userId: user, ...camel(user) } })),
    };
    for (const [style, send] of Object.entries(styles)) {
      const user = unique("user");
      await send(user);
      const { traits: known } = await w.p1.read.person(`user:${user}`);
      for (const [key, value] of Object.entries(traits(user))) assert.equal(known[key], value, `${style}: ${key}`);
    }
    const copies = new Copies();
    await w.tracked(copies.text(capture("rn_identify")));
    const { traits: known } = await w.p1.read.person(`user:${copies.id("user_rn")}`);
    assert.deepEqual([known.email, known.first_name, known.phone], [copies.id("rn@example.com"), "Jane", "+15551234"]);
  }],
  61: ["traits by the time at which they were said", async (w) => {
    const user = unique("user");
    const at = Date.now() - 7_200_000;
    await w.tracked(identify(user, { plan: "pro", email: `${user}@example.org` }, { timestamp: iso(at + 3_600_000) }));
    await w.tracked(identify(user, { plan: "free" }, { timestamp: iso(at) }));
    const { traits } = await w.p1.read.person(`user:${user}`);
    assert.deepEqual([traits.plan, traits.email], ["pro", `${user}@example.org`]);
  }],
};
