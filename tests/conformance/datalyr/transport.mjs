// Cases 1 to 19 of datalyr.md chapter 12: doors, keys, origins, what an answer looks like.
import assert from "node:assert/strict";
import { until } from "../../lib/until.mjs";
import { expectHealthy } from "../bad_inputs/watch.mjs";
import { Copies, capture, eventsIn, toNow } from "./captures.mjs";
import { ORIGIN, apiEvent, expectReadable, expectRefused, expectTaken, namesIn, startWorld, unique, uuid, webBatch, webEvent } from "./world.mjs";

const EVIL = "https://evil.example";

/** A project may deliver this many events in a window of two seconds. */
const LIMIT = 3;
const LIMITED = { DATALYR__RATE_LIMIT__MAX_EVENTS: LIMIT, DATALYR__RATE_LIMIT__WINDOW: "2s" };

const signup = async (w, target) => {
  const copies = new Copies();
  const body = copies.text(capture("track"));
  const [sent] = eventsIn(body);
  await w.tracked(body, { target });
  const event = await w.p1.read.event(sent.id);
  assert.equal(event.name, "signup_completed");
  assert.equal(event.user_id, copies.id("user_123"));
  assert.equal(event.person_id, `user:${copies.id("user_123")}`);
  assert.equal(event.anonymous_id, sent.anonymous);
  assert.equal(event.channel, "api");
  assert.equal(event.time, sent.time);
  assert.deepEqual(event.properties, sent.properties);
  assert.deepEqual(event.properties.nested.a, [1, "é", null]);
};

const nowhere = async (w, ...ids) => {
  for (const { read, name } of [w.p1, w.p2]) for (const id of ids) assert.equal(await read.count(id), 0, `${id} is in ${name}`);
};

const preflight = (w, target, headers, origin = ORIGIN) =>
  w.send({ method: "OPTIONS", target, headers: { Origin: origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers } });

const expectPreflight = (answer, asked, origin = ORIGIN) => {
  assert.ok(answer.status >= 200 && answer.status < 300, `answered ${answer.status}`);
  assert.equal(answer.headers["access-control-allow-origin"], origin);
  assert.equal(answer.headers["access-control-allow-credentials"], "true");
  assert.ok(namesIn(answer.headers["access-control-allow-methods"]).includes("post"));
  const allowed = namesIn(answer.headers["access-control-allow-headers"]);
  for (const name of asked.split(",")) assert.ok(allowed.includes(name), `${name} is not allowed: ${allowed}`);
  assert.ok(namesIn(answer.headers.vary).includes("origin"), `Vary: ${answer.headers.vary}`);
};

const container = async (w, target, body = { workspaceId: "ws_1" }) => {
  const answer = await w.web(body, { target, headers: { "X-Container-Version": "1.0" } });
  assert.equal(answer.status, 200, `${target} answers ${answer.status}`);
  assert.ok(answer.ms < 1000, `took ${answer.ms} ms`);
  assert.match(answer.headers["content-type"], /^application\/json\b/);
  const { scripts, pixels, config } = answer.json;
  assert.ok(Array.isArray(scripts), "scripts");
  assert.ok(pixels === null || typeof pixels === "object", "pixels");
  assert.ok(config !== null && typeof config === "object" && !Array.isArray(config), "config");
  for (const feature of ["replay", "heatmaps"]) assert.ok(!config[feature]?.enabled, `${feature} is on`);
  expectReadable(answer);
};

/** Sends single web events until one is refused for the rate; returns that answer and its event. */
const exceed = async (w) => {
  for (let sent = 0; sent <= LIMIT; sent += 1) {
    const event = webEvent();
    const answer = await w.web(webBatch([event]));
    if (answer.status !== 200) return { answer, event };
  }
  throw new Error(`${LIMIT + 1} events were taken`);
};

export const transport = {
  1: ["POST /track with a key", (w) => signup(w, "/track")],
  2: ["the same body to POST /", (w) => signup(w, "/")],
  3: ["no key and an unknown key", async (w) => {
    for (const headers of [{}, { "X-API-Key": "dk_wrong" }]) {
      const body = apiEvent();
      expectRefused(await w.track(body, { headers: { "Content-Type": "application/json", ...headers } }), 401);
      await nowhere(w, body.eventId);
    }
  }],
  4: ["a key as Bearer or in X-Datalyr-API-Key", async (w) => {
    for (const headers of [{ Authorization: `Bearer ${w.p1.key}` }, { "X-Datalyr-API-Key": w.p1.key }]) {
      const body = apiEvent();
      await w.tracked(body, { headers: { "Content-Type": "application/json", ...headers } });
      assert.equal((await w.p1.read.event(body.eventId)).name, body.event);
      assert.equal(await w.p2.read.count(body.eventId), 0);
    }
  }],
  5: ["a raw event of React Native", async (w) => {
    const copies = new Copies();
    const body = copies.text(capture("rn_raw_identify")).replace('"workspaceId":"ws_1"', '"workspaceId":"mobile_sdk"');
    assert.ok(body.includes('"mobile_sdk"'));
    const headers = { Authorization: `Bearer ${w.p1.key}`, "X-API-Key": w.p1.key, "X-Datalyr-API-Key": w.p1.key, "User-Agent": "@datalyr/react-native/1.7.18" };
    await w.tracked(body, { headers });
    const [sent] = eventsIn(body);
    const event = await w.p1.read.event(sent.id);
    assert.equal(event.name, "$identify");
    assert.equal(event.kind, "identify");
    assert.equal(event.user_id, copies.id("user_rn"));
    assert.equal(event.anonymous_id, sent.anonymous);
    assert.equal(event.device_id, sent.device);
    assert.equal(event.session_id, sent.session);
    assert.equal(event.channel, "mobile_app");
    assert.deepEqual(event.properties, sent.properties);
  }],
  6: ["the key wins over the body's workspace", async (w) => {
    const raw = new Copies().text(capture("rn_raw_track")).replace('"workspaceId":"ws_1"', '"workspaceId":"ws_2"');
    assert.ok(raw.includes('"ws_2"'));
    await w.tracked(raw);
    const web = webEvent({ workspace_id: "ws_2" });
    await w.batched(webBatch([web]), { headers: { "X-API-Key": w.p1.key } });
    for (const id of [eventsIn(raw)[0].id, web.event_id]) {
      assert.equal(await w.p1.read.count(id), 1);
      assert.equal(await w.p2.read.count(id), 0);
    }
  }],
  7: ["a web batch without a key", async (w) => {
    const body = new Copies().text(capture("web_batch", "1.7.12"), toNow(capture("web_batch", "1.7.12")));
    const { json } = expectReadable(await w.batched(body, { headers: { "X-Batch-Size": "7" } }));
    assert.deepEqual(json, { success: true, accepted: 7, duplicates: 0, rejected: 0 });
    const sent = eventsIn(body);
    assert.equal(sent.length, 7);
    for (const { id, name, properties } of sent) {
      const event = await w.p1.read.event(id);
      assert.equal(event.name, name);
      assert.deepEqual(Object.keys(event.properties).sort(), Object.keys(properties).sort());
    }
  }],
  8: ["an unknown workspace", async (w) => {
    const event = webEvent({ workspace_id: "ws_nobody" });
    expectReadable(expectRefused(await w.web(webBatch([event])), 401));
    await nowhere(w, event.event_id);
  }],
  9: ["an origin that is not allowed", async (w) => {
    const event = webEvent();
    expectReadable(expectRefused(await w.web(webBatch([event]), { origin: EVIL }), 403), EVIL);
    await nowhere(w, event.event_id);
    const open = { ...event, workspace_id: "ws_2" };
    expectReadable(await w.batched(webBatch([open]), { origin: EVIL }), EVIL);
    assert.equal(await w.p2.read.count(event.event_id), 1);
    assert.equal(await w.p1.read.count(event.event_id), 0);
  }],
  10: ["preflights", async (w) => {
    expectPreflight(await preflight(w, "/", "content-type,x-batch-size"), "content-type,x-batch-size");
    expectPreflight(await preflight(w, "/", "content-type"), "content-type");
    expectPreflight(await preflight(w, "/container-scripts", "content-type,x-container-version"), "content-type,x-container-version");
    expectPreflight(await preflight(w, "/track", "content-type,x-api-key"), "content-type,x-api-key");
    expectPreflight(await preflight(w, "/", "content-type,x-batch-size", EVIL), "content-type", EVIL);
  }],
  11: ["every answer to a POST can be read by the page", async (w) => {
    const limited = await startWorld(LIMITED);
    try {
      const batch = webBatch([webEvent()]);
      const answers = {
        200: await w.web(batch),
        400: await w.web("not json"),
        401: await w.web(webBatch([webEvent({ workspace_id: "ws_nobody" })])),
        413: await w.web(" ".repeat(9 * 2 ** 20)),
        429: (await exceed(limited)).answer,
      };
      for (const [status, answer] of Object.entries(answers)) {
        assert.equal(answer.status, Number(status));
        expectReadable(answer);
      }
      expectReadable(expectRefused(await w.web(batch, { origin: EVIL }), 403), EVIL);
    } finally { await limited.hearth.stop(); }
  }],
  12: ["container scripts", async (w) => {
    await container(w, "/container-scripts");
    await container(w, "/container-scripts", { workspaceId: "ws_1", purpose: "pixel_forwarding" });
    const unknown = await w.web({ workspaceId: "ws_nobody" }, { target: "/container-scripts" });
    assert.ok(unknown.status < 500, `answered ${unknown.status}`);
    assert.equal(typeof unknown.json, "object");
    expectReadable(unknown);
  }],
  13: ["container scripts below an endpoint with a slash or a path", async (w) => {
    await container(w, "//container-scripts");
    await container(w, "//container-scripts", { workspaceId: "ws_1", purpose: "pixel_forwarding" });
    await container(w, "/track/container-scripts");
  }],
  14: ["consent policy", async (w) => {
    const answer = await w.send({ method: "GET", target: "/sdk-consent-policy?ws=ws_1", headers: { Origin: ORIGIN } });
    assert.ok(answer.status === 200 || answer.status === 404, `answered ${answer.status}`);
    if (answer.status === 200) assert.ok(answer.json !== null && typeof answer.json === "object" && !Array.isArray(answer.json));
    assert.ok(["*", ORIGIN].includes(answer.headers["access-control-allow-origin"]));
  }],
  15: ["bodies that are no events, methods that are no posts", async (w) => {
    for (const body of ["not json", "", "[]", "5", '"x"', "{}", "null", '{"event":"x"}{}']) expectRefused(await w.track(body), 400);
    for (const method of ["GET", "PUT"]) {
      const { status } = await w.send({ method, target: "/track", headers: { "X-API-Key": w.p1.key } });
      assert.ok(status >= 400 && status < 500, `${method} /track answers ${status}`);
    }
    const page = await w.send({ method: "GET", target: "/" });
    // Nobody has set this server up: the page says how.
    assert.equal(page.status, 403);
    assert.match(page.headers["content-type"], /^text\/html/);
    await expectHealthy(w.hearth);
  }],
  16: ["large bodies", async (w) => {
    expectRefused(await w.track(" ".repeat(9 * 2 ** 20)), 413);
    const big = "b".repeat(900 * 1024);
    const body = apiEvent({ properties: { big } });
    await w.tracked(body);
    assert.equal((await w.p1.read.event(body.eventId)).properties.big, big);
  }],
  17: ["answers are exactly 200, never empty, and repeat nothing", async (w) => {
    const canary = unique("canary");
    const properties = { canary, email: `${canary}@example.org`, stripe_session_id: `cs_test_${canary}`, nested: [{ [canary]: canary }] };
    const bodies = [
      apiEvent({ properties, event: canary, userId: canary }),
      { workspaceId: "ws_1", visitorId: uuid(), anonymousId: `anon_${uuid()}`, sessionId: canary, eventId: uuid(), eventName: canary, eventData: properties, source: "mobile_app", timestamp: new Date().toISOString() },
    ];
    for (const body of bodies) for (const twice of [false, true]) {
      const answer = expectTaken(await w.track(body), JSON.stringify(body));
      assert.ok(!answer.text.includes(canary), answer.text);
      assert.equal(answer.json.success, true);
      assert.equal(answer.json.duplicate ?? false, twice);
    }
    const batch = webBatch([webEvent({ data: properties, name: canary, user: canary }), { event_name: 7, canary }]);
    for (const [accepted, duplicates] of [[1, 0], [0, 1]]) {
      const { json, text } = expectTaken(await w.web(batch), JSON.stringify(batch));
      assert.deepEqual(json, { success: true, accepted, duplicates, rejected: 1 });
      assert.ok(!text.includes(canary));
    }
  }],
  18: ["oddities that are no mistakes", async (w) => {
    const plain = apiEvent();
    await w.tracked(plain, { headers: { "Content-Type": "application/json; charset=utf-8", "X-API-Key": w.p1.key } });
    const more = { ...apiEvent({ context: { schema_version: 2 } }), futureField: { a: 1 }, another: [1] };
    await w.tracked(more);
    const less = apiEvent();
    delete less.context.schema_version;
    await w.tracked(less, { headers: { "Content-Type": "text/plain", "X-API-Key": w.p1.key } });
    for (const { eventId } of [plain, more, less]) assert.equal(await w.p1.read.count(eventId), 1);
    assert.deepEqual((await w.p1.read.event(more.eventId)).context.futureField, { a: 1 });
    const events = [webEvent({ schema_version: 2 }), webEvent({ schema_version: undefined, brand_new: true })];
    await w.batched({ ...webBatch(events), more: 1 }, { headers: { "X-Batch-Size": "99" } });
    for (const { event_id: id } of events) assert.equal(await w.p1.read.count(id), 1);
  }],
  19: ["the rate limit refuses, and forgets what it refused", async () => {
    const limited = await startWorld(LIMITED);
    try {
      const { answer, event } = await exceed(limited);
      expectRefused(answer, 429);
      assert.match(answer.headers["retry-after"] ?? "", /^([1-9]|[12]\d|30)$/, `Retry-After: ${answer.headers["retry-after"]}`);
      assert.equal(await limited.p1.read.count(event.event_id), 0);
      const single = apiEvent();
      const refused = await limited.track(single);
      if (refused.status !== 200) expectRefused(refused, 429);
      const other = apiEvent();
      expectTaken(await limited.track(other, { key: limited.p2.key }), JSON.stringify(other));
      const withinMs = Number(answer.headers["retry-after"]) * 1000 + 5000;
      await until("the refused event is taken", async () => (await limited.web(webBatch([event]))).status === 200, { withinMs, everyMs: 200 });
      assert.equal(await limited.p1.read.count(event.event_id), 1);
    } finally { await limited.hearth.stop(); }
  }],
};
