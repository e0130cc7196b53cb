// Hearth's own websocket: what is told, filtered, refused and ended.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { until } from "../lib/until.mjs";
import { click, custom, ingest, move } from "./batches.mjs";
import { addProject, addToken, revokeToken } from "./registry.mjs";
import { openWatcher, refusedHandshake, subscribe } from "./watcher.mjs";

/** How often credentials are looked at again, and some time for the look. */
const RECHECKED_WITHIN_MS = 70_000;

let hearth;
before(async () => { hearth = await startHearth({ HEAT__RATE_LIMIT__MAX: "1000000" }); });
after(() => hearth.stop());

describe("what is told", () => {
  test("the first message says what is spoken and what is watched", async () => {
    const watcher = await openWatcher(hearth);
    const { projects } = await (await fetch(`${hearth.base}/api/v1/projects`, { headers: { authorization: `Bearer ${hearth.readToken}` } })).json();
    assert.deepEqual(watcher.told, [{ type: "hello", protocol: 1, project: projects[0].id, heartbeat_s: 15 }]);
    await watcher.close();
  });

  test("events come as short summaries, without what else the browser sent", async () => {
    const watcher = await subscribe(hearth);
    await ingest(hearth, "visit-1", [click(7), move("way", 12), custom("secret-name")]);
    const events = await watcher.expectEvents(3);
    const common = { session_id: "visit-1", path: "/shop", ts: 1_795_168_800_000 };
    assert.deepEqual(events, [
      { kind: "click", ...common },
      { kind: "move", ...common, points: 12 },
      { kind: "custom", ...common },
    ]);
    await watcher.close();
  });

  test("every event comes once and in order, at most ten messages a second", async () => {
    const watcher = await subscribe(hearth);
    for (let batch = 0; batch < 50; batch += 1) {
      await ingest(hearth, "visit-2", Array.from({ length: 20 }, (_, n) => click(batch * 20 + n, `/page/${batch * 20 + n}`)));
    }
    await watcher.expectEvents(1000);
    assert.deepEqual(watcher.events.map(({ path }) => path), Array.from({ length: 1000 }, (_, n) => `/page/${n}`));
    assert.equal(watcher.skipped, 0);
    const { deliveries } = watcher;
    assert.ok(deliveries.every(({ count }) => count <= 100));
    const seconds = (deliveries.at(-1).at - deliveries[0].at) / 1000;
    assert.ok(deliveries.length <= seconds * 10 + 2, `${deliveries.length} messages in ${seconds} s`);
    await watcher.close();
  });

  test("what was stored before the subscription is not told, nor what is sent a second time", async () => {
    const [witness, watcher] = [await subscribe(hearth), await openWatcher(hearth)];
    await ingest(hearth, "visit-3", [click(1)]);
    // The sender is answered before watchers are told.
    await witness.expectEvents(1);
    await watcher.subscribe({});
    await ingest(hearth, "visit-3", [click(1), click(2, "/new")]);
    await ingest(hearth, "visit-3", [click(3, "/last")]);
    await watcher.expectEvents(2);
    assert.deepEqual(watcher.events.map(({ path }) => path), ["/new", "/last"]);
    await watcher.close();
    await witness.close();
  });

  test("a ping is answered, and the server pings by itself", async () => {
    const watcher = await openWatcher(hearth);
    watcher.send({ type: "ping" });
    await watcher.heard("pong");
    const [data] = await Promise.race([once(watcher.socket, "ping"), watcher.end({ withinMs: 20_000 })]);
    assert.equal(data.length, 0);
    await watcher.close();
  });
});

describe("filters", () => {
  test("a new subscription replaces the old one", async () => {
    const watcher = await subscribe(hearth, { kinds: ["move"] });
    await ingest(hearth, "visit-4", [click(1), move("way", 2)]);
    await watcher.expectEvents(1);
    await watcher.subscribe({ route: "/admin/*" });
    await ingest(hearth, "visit-4", [click(2, "/admin/users"), click(3, "/administration"), click(4, "/shop")]);
    await watcher.expectEvents(2);
    await watcher.subscribe({ kinds: ["click"] });
    await ingest(hearth, "visit-4", [click(5, "/last")]);
    await until("the last event comes", () => watcher.events.at(-1)?.path === "/last");
    assert.deepEqual(watcher.events.map(({ kind, path }) => [kind, path]), [["move", "/shop"], ["click", "/admin/users"], ["click", "/last"]]);
    await watcher.close();
  });

  test("what is not understood is told; the third time ends it", async () => {
    const watcher = await openWatcher(hearth);
    watcher.send("{");
    watcher.send({ type: "subscribe", status: "9xx" });
    watcher.send({ type: "subscribe", colour: "red" });
    assert.equal((await watcher.end()).code, 1008);
    assert.deepEqual(watcher.told.filter(({ type }) => type === "error").map(({ code }) => code), ["invalid_message", "invalid_filter", "invalid_message"]);
  });

  test("frames that are too large, not text, or too many end it", async () => {
    for (const [code, misbehave] of [
      [1009, (watcher) => watcher.send("x".repeat(64 * 1024 + 1))],
      [1009, (watcher) => { for (let n = 0; n < 40; n += 1) watcher.socket.send("x".repeat(2048), { fin: false }); }],
      [1003, (watcher) => watcher.socket.send(Buffer.from([1, 2, 3]))],
      [1008, (watcher) => { for (let n = 0; n < 300; n += 1) watcher.send({ type: "pong" }); }],
      [1007, (watcher) => watcher.socket._socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]))],
      [1002, (watcher) => watcher.socket._socket.write(Buffer.from([0x81, 0x02, 0x68, 0x69]))],
    ]) {
      const watcher = await openWatcher(hearth);
      misbehave(watcher);
      assert.equal((await watcher.end()).code, code, misbehave.toString());
    }
    const large = await openWatcher(hearth);
    large.send(JSON.stringify({ type: "ping" }).padEnd(64 * 1024));
    await large.heard("pong");
    await large.close();
  });
});

describe("who may watch", () => {
  const refused = async (status, code, request) => {
    const answer = await refusedHandshake(hearth, request);
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(request));
    assert.equal(answer.headers["content-type"], "application/problem+json");
  };

  test("a token comes in the header, the address or as a subprotocol", async () => {
    const token = hearth.readToken;
    for (const credentials of [
      { headers: { authorization: `Bearer ${token}` } },
      { headers: {}, query: `?token=${token}` },
      { headers: {}, protocols: ["hearth.v1", `hearth.token.${token}`] },
    ]) {
      const watcher = await openWatcher(hearth, credentials);
      assert.equal(watcher.socket.protocol, credentials.protocols ? "hearth.v1" : "");
      await watcher.close();
    }
  });

  test("without a token, or with a wrong one, there is no connection", async () => {
    await refused(401, "missing_read_token", {});
    await refused(401, "invalid_read_token", { headers: { authorization: "Bearer hr_wrong" } });
    await refused(401, "invalid_read_token", { path: "/live?token=x" });
    await refused(401, "invalid_read_token", { protocols: ["hearth.v1", "hearth.token.x"] });
    await refused(401, "invalid_read_token", { headers: { authorization: `Bearer ${hearth.projectKey}` } });
  });

  test("pages of other origins may not watch, whatever they know", async () => {
    const authorization = `Bearer ${hearth.readToken}`;
    for (const origin of ["null", "https://evil.test", `http://127.0.0.1:${hearth.port + 1}`, "http://127.0.0.1"]) {
      await refused(403, "foreign_origin", { headers: { authorization, origin } });
    }
    const own = await openWatcher(hearth, { headers: { authorization, origin: hearth.base } });
    await own.close();
  });

  test("what is no handshake is told what would be", async () => {
    const plain = await fetch(`${hearth.base}/live?token=${hearth.readToken}`);
    assert.deepEqual([plain.status, plain.headers.get("upgrade"), (await plain.json()).code], [426, "websocket", "websocket_needed"]);
  });

  test("a token shows its own project only", async () => {
    const other = addProject(hearth, "Other");
    const mine = await subscribe(hearth);
    const theirs = await subscribe(hearth, {}, { headers: { authorization: `Bearer ${other.token}` } });
    await ingest(hearth, "visit-5", [click(1, "/theirs")], { projectKey: other.key });
    await ingest(hearth, "visit-5", [click(1, "/mine")]);
    await mine.expectEvents(1);
    await theirs.expectEvents(1);
    assert.deepEqual([mine.events[0].path, theirs.events[0].path], ["/mine", "/theirs"]);
    const { project } = theirs.told[0];
    await refused(404, "project_not_found", { path: `/live?token=${hearth.readToken}&project=${project}` });
    await refused(404, "project_not_found", { path: `/live?token=${hearth.readToken}&project=x` });
    await mine.close();
    await theirs.close();
  });

  test("who may read everything watches everything, or one project", async (context) => {
    const open = await startHearth({ HEAT__OPEN_READS: "true" });
    context.after(() => open.stop());
    const other = addProject(open, "Other");
    const all = await subscribe(open, {}, { headers: {} });
    assert.equal(all.told[0].project, null);
    const { projects } = await (await fetch(`${open.base}/api/v1/projects`)).json();
    const project = projects.find(({ name }) => name === "Other").id;
    const one = await subscribe(open, {}, { headers: {}, query: `?project=${project}` });
    await ingest(open, "visit-6", [click(1, "/mine")]);
    await ingest(open, "visit-6", [click(1, "/theirs")], { projectKey: other.key });
    await all.expectEvents(2);
    await one.expectEvents(1);
    assert.deepEqual([all.events.length, one.events.map(({ path }) => path)], [2, ["/theirs"]]);
  });

  test("a token that is revoked ends what it opened", async () => {
    const token = addToken(hearth, "Default");
    const watcher = await openWatcher(hearth, { headers: { authorization: `Bearer ${token}` } });
    const other = await openWatcher(hearth);
    revokeToken(hearth, token);
    assert.equal((await watcher.end({ withinMs: RECHECKED_WITHIN_MS })).code, 4401);
    assert.equal(other.closed, undefined);
    await other.close();
  });
});

describe("the end of the server", () => {
  test("it tells its watchers and does not wait for those who do not hear", async (context) => {
    const ending = await startHearth();
    context.after(() => ending.kill());
    const watcher = await subscribe(ending);
    const deaf = net.connect(ending.port, "127.0.0.1");
    deaf.write(`GET /live?token=${ending.readToken} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    const [head] = await once(deaf, "data");
    assert.match(head.toString(), /^HTTP\/1.1 101 /);
    const startedAt = performance.now();
    await ending.stop();
    // Of the ten seconds of server.shutdown_timeout.
    assert.ok(performance.now() - startedAt < 8000, "the stop waited for somebody who does not hear");
    assert.equal((await watcher.end()).code, 1001);
    deaf.destroy();
  });
});
