// The real @datalyr/react-native on a pretended phone delivers a session through everything that goes wrong on the way.
//
//   HEARTH_BIN=target/debug/hearth node tests/datalyr/react_native.mjs
import assert from "node:assert/strict";
import { register } from "node:module";
import { Tally } from "../conformance/bad_inputs/tally.mjs";
import { unique } from "../conformance/datalyr/world.mjs";
import { until } from "../lib/until.mjs";
import { startInstallation } from "./installation.mjs";

register("./react_native/hooks.mjs", import.meta.url);
const device = await import("./react_native/device.mjs");

globalThis.__DEV__ = false;
globalThis.require = (name) => {
  const found = device.REQUIRED[name];
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
};

/** A burst of more events than this has to wait for the next second. The SDK itself sends 100 requests a minute at most. */
const BURST_LIMIT = 8;
const LIMITED = { DATALYR__RATE_LIMIT__MAX_EVENTS: BURST_LIMIT, DATALYR__RATE_LIMIT__WINDOW: "1s" };

/** Both ways to send. In the first the SDK's hosts cannot be changed, so the network leads them to Hearth. */
const MODES = { default: { useServerTracking: true }, raw: { useServerTracking: false } };

const DELIVERED_WITHIN_MS = 30_000;

/** The way from the phone to Hearth: leads Datalyr's hosts there and notes what passes. */
class Network {
  sent = new Map();
  statuses = [];
  lookups = [];

  constructor(installation) {
    this.installation = installation;
    const real = globalThis.fetch;
    globalThis.fetch = async (url, options) => {
      // The tests' own questions come this way, too.
      if (options?.method !== "POST") return real(url, options);
      if (!device.network.isConnected) throw new TypeError("Network request failed");
      const { pathname } = new URL(url);
      const target = `${this.installation.hearth.base}${pathname}`;
      if (pathname.startsWith("/attribution/")) {
        const answer = await real(target, options);
        this.lookups.push({ pathname, status: answer.status, body: await answer.clone().json() });
        return answer;
      }
      const event = JSON.parse(options.body);
      this.sent.set(event.eventId, event);
      const answer = await real(target, options);
      this.statuses.push(answer.status);
      return answer;
    };
    this.restore = () => { globalThis.fetch = real; };
  }
}

/** An app with the SDK in it. */
const startApp = async (installation, mode) => {
  const { DatalyrSDK } = await import("@datalyr/react-native");
  const sdk = new DatalyrSDK();
  // The queue that the constructor made has a timer, and the SDK forgets it.
  const { eventQueue: forgotten } = sdk;
  await sdk.initialize({
    apiKey: installation.p1.key, workspaceId: "ws_1", endpoint: `${installation.hearth.base}/track`, ...MODES[mode],
    flushInterval: 1100, retryDelay: 10, maxRetries: 100, batchSize: 10,
  });
  forgotten.destroy();
  return sdk;
};

const deliver = (sdk) => until("the queue is empty", () => sdk.getStatus().queueStats.queueSize === 0, { withinMs: DELIVERED_WITHIN_MS });

/** What was sent so far, once each, with the right names. */
const expectComplete = async ({ installation, network, names }) => {
  const { read } = installation.p1;
  const counted = {};
  for (const [id, sent] of network.sent) {
    const event = await read.event(id);
    assert.equal(event.name, sent.event ?? sent.eventName);
    assert.equal(event.channel, "mobile_app");
    counted[event.name] = (counted[event.name] ?? 0) + 1;
    const properties = sent.properties ?? sent.eventData;
    assert.deepEqual(event.properties, properties);
    assert.equal(event.session_id, sent.context?.session_id ?? sent.sessionId);
  }
  for (const [name, count] of Object.entries(names)) assert.equal(counted[name] ?? 0, count, `${name}: ${counted[name]} instead of ${count}`);
  assert.equal((await read.events()).length, network.sent.size);
  assert.equal(device.storage.get("@datalyr/dead_letter_queue"), undefined, "given up");
};

const runMode = async (mode, tally) => {
  device.storage.clear();
  const installation = await startInstallation(LIMITED);
  const network = new Network(installation);
  const names = {};
  const count = (name, times = 1) => { names[name] = (names[name] ?? 0) + times; };
  const state = { installation, network, names };
  const user = unique("user");
  let sdk;
  const test = (name, check) => tally.run(`react native (${mode}): ${name}`, check);

  await test("install, session, screens, identify, purchase", async () => {
    sdk = await startApp(installation, mode);
    await until("the session has begun", () => sdk.getCurrentSession() !== null);
    await sdk.screen("Home");
    await sdk.track("button_clicked", { label: "é😀", nested: { a: [1, null] } });
    await sdk.identify(user, { email: `${user}@example.org`, firstName: "Jane", phoneNumber: "+15551234" });
    await sdk.screen("Checkout", { step: 2 });
    await sdk.trackPurchase(49.99, "EUR", "sku1");
    for (const [name, times] of [["app_install", 1], ["session_start", 1], ["pageview", 2], ["button_clicked", 1], ["$identify", 1], ["purchase", 1]]) count(name, times);
    await deliver(sdk);
    await until("all of it was sent", () => Object.keys(names).every((name) => [...network.sent.values()].some((event) => (event.event ?? event.eventName) === name)));
    await expectComplete(state);
    assert.deepEqual(network.lookups.map(({ pathname, status, body }) => [pathname, status, body.found]), [["/attribution/deferred-lookup", 200, false], ["/attribution/lookup", 200, false]]);
    const person = await installation.p1.read.person(`user:${user}`);
    assert.deepEqual([person.traits.email, person.traits.first_name, person.traits.phone], [`${user}@example.org`, "Jane", "+15551234"]);
    assert.deepEqual(person.revenue, [{ currency: "EUR", amount: 49.99, count: 1 }]);
    assert.ok(person.ids.some(({ kind, id }) => kind === "anonymous" && id === sdk.getAnonymousId()));
  });

  await test("offline, then online", async () => {
    device.network.change(false);
    for (let n = 0; n < 7; n += 1) await sdk.track("offline", { n });
    assert.ok(sdk.getStatus().queueStats.queueSize >= 7);
    device.network.change(true);
    count("offline", 7);
    await deliver(sdk);
    await expectComplete(state);
  });

  await test("refused for the rate, then taken", async () => {
    const before = network.statuses.filter((status) => status === 429).length;
    for (let n = 0; n < BURST_LIMIT + 4; n += 1) await sdk.track("burst", { n });
    count("burst", BURST_LIMIT + 4);
    await deliver(sdk);
    assert.ok(network.statuses.filter((status) => status === 429).length > before, "nothing was refused");
    await expectComplete(state);
  });

  await test("the server stops, and is killed, and starts again", async () => {
    for (const end of ["stop", "kill"]) {
      const restarting = installation.restart(end);
      for (let n = 0; n < 6; n += 1) await sdk.track("restart", { end, n });
      count("restart", 6);
      await restarting;
      await deliver(sdk);
      await expectComplete(state);
    }
  });

  await test("the app is closed with a full queue and opened again", async () => {
    const session = sdk.getStatus().sessionId;
    await installation.hearth.kill();
    for (let n = 0; n < 6; n += 1) await sdk.track("left", { n });
    count("left", 6);
    await until("the queue is kept", () => (device.storage.get("@datalyr/event_queue") ?? "").split('"left"').length === 7);
    await until("nothing is under way", () => !sdk.getStatus().queueStats.isProcessing);
    sdk.destroy();
    await installation.restart("kill");
    sdk = await startApp(installation, mode);
    await until("the second session has begun", () => sdk.getCurrentSession() !== null);
    count("session_start");
    assert.equal(sdk.getStatus().sessionId, session);
    await until("the queue was loaded and delivered", () => [...network.sent.values()].filter((event) => (event.event ?? event.eventName) === "left").length === 6 && sdk.getStatus().queueStats.queueSize === 0, { withinMs: DELIVERED_WITHIN_MS });
    await until("the session event was sent", () => [...network.sent.values()].filter((event) => (event.event ?? event.eventName) === "session_start").length === 2);
    await deliver(sdk);
    await expectComplete(state);
    const person = await installation.p1.read.person(`user:${user}`);
    assert.equal(person.ids.filter(({ kind }) => kind === "user").length, 1);
  });

  sdk?.destroy();
  await tally.run(`react native (${mode}): Hearth stops in good order`, () => installation.hearth.stop());
  network.restore();
};

const tally = new Tally(true);
for (const mode of Object.keys(MODES)) await runMode(mode, tally);
process.exit(tally.finish());
