// An unmodified socket.io-client 4 gets what express-sequelize-traffic would send it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { until } from "../lib/until.mjs";
import { startApp } from "./app.mjs";
import { addToken, revokeToken } from "./registry.mjs";
import { connect } from "./socket_client.mjs";

const FIELDS = ["createdAt", "durationMs", "isSlow", "method", "originalUrl", "route", "sessionId", "statusCode", "userId"];

/** How often credentials are looked at again, and some time for the look. */
const EXPELLED_WITHIN_MS = 70_000;

let app;
before(async () => { app = await startApp(); });
after(() => app.stop());

describe("each transport", () => {
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    test(`${transports.join(" then ")}: every request comes once, in order, with exactly nine fields`, async () => {
      const client = await connect(app.hearth, { transports });
      if (transports.length > 1) await until("the client has moved", () => client.transports.at(-1) === "websocket");
      const before = Date.now();
      for (let n = 0; n < 100; n += 1) await app.request(`/page/p${n % 7}x?n=${n}&page=${n}`);
      await client.expectRequests(100);
      assert.deepEqual(client.requests.map(({ originalUrl }) => Number(/page=(\d+)$/.exec(originalUrl)[1])), Array.from({ length: 100 }, (_, n) => n));
      for (const request of client.requests) {
        assert.deepEqual(Object.keys(request).sort(), FIELDS);
        const { userId, sessionId, method, statusCode, durationMs, isSlow, createdAt } = request;
        assert.deepEqual([userId, sessionId, method, statusCode, isSlow], [null, null, "GET", 200, false]);
        assert.ok(durationMs > 0 && durationMs < 1000, `${durationMs} ms`);
        assert.equal(new Date(createdAt).toISOString(), createdAt);
        assert.ok(Math.abs(Date.parse(createdAt) - before) < 60_000);
      }
      assert.deepEqual([client.skipped, client.errors, client.transports], [[], [], transports]);
      client.close();
    });
  }

  test("what comes while a client moves from polling to a websocket is neither lost nor doubled", async () => {
    for (let round = 0; round < 5; round += 1) {
      const client = await connect(app.hearth, { transports: ["polling", "websocket"] });
      for (let n = 0; n < 40; n += 1) await app.request(`/moving?page=${n}`);
      await client.expectRequests(40);
      assert.deepEqual(client.requests.map(({ originalUrl }) => originalUrl), Array.from({ length: 40 }, (_, n) => `/moving?page=${n}`));
      await until("the client has moved", () => client.transports.at(-1) === "websocket");
      client.close();
    }
  });

  test("user, session, route and status are told", async () => {
    const client = await connect(app.hearth, { transports: ["websocket"] });
    await app.request("/users/42/503", { method: "POST", headers: { "x-test-user-id": "u-1", "x-test-session-id": "s-1" } });
    const [{ userId, sessionId, method, route, originalUrl, statusCode }] = await client.expectRequests(1);
    assert.deepEqual({ userId, sessionId, method, route, originalUrl, statusCode },
      { userId: "u-1", sessionId: "s-1", method: "POST", route: "/users/:id/:id", originalUrl: "/users/42/503", statusCode: 503 });
    client.close();
  });

  test("what a client emits is taken and ignored; it may leave and come back", async () => {
    const client = await connect(app.hearth, { transports: ["websocket"] });
    client.socket.emit("hello", { a: 1 });
    client.socket.emit("ask", 1, () => { throw new Error("nobody answers"); });
    client.socket.disconnect();
    client.socket.connect();
    await until("it is connected again", () => client.socket.connected);
    await app.request("/again");
    await client.expectRequests(1);
    client.close();
  });
});

describe("who is let in", () => {
  const refusedWith = async (hearth, code, options) => {
    for (const transports of [["websocket"], ["polling"]]) {
      const client = await connect(hearth, { transports, reconnection: false, ...options });
      assert.deepEqual([client.socket.connected, client.errors.map(({ data }) => data?.code)], [false, [code]], JSON.stringify(options));
      assert.ok(client.errors[0].message.length > 10);
      client.close();
    }
  };
  const letIn = async (hearth, options) => {
    for (const transports of [["websocket"], ["polling"]]) {
      const client = await connect(hearth, { transports, ...options });
      assert.ok(client.socket.connected, `${JSON.stringify(options)} ${JSON.stringify(client.errors)}`);
      client.close();
    }
  };

  test("holders of a read token, wherever they put it", async () => {
    const token = app.hearth.readToken;
    await letIn(app.hearth, { auth: { token } });
    await letIn(app.hearth, { auth: {}, extraHeaders: { authorization: `Bearer ${token}` } });
    await letIn(app.hearth, { auth: {}, query: { token } });
    await refusedWith(app.hearth, "missing_read_token", { auth: {} });
    await refusedWith(app.hearth, "invalid_read_token", { auth: { token: "hr_wrong" } });
    await refusedWith(app.hearth, "invalid_read_token", { auth: { token: "hr_wrong" }, query: { token } });
    await refusedWith(app.hearth, "missing_read_token", { auth: { username: "admin", password: "p" } });
  });

  test("with a password set, those who know it, and nobody else", async (context) => {
    const hearth = await startHearth({
      TRAFFIC__DASHBOARD__LIVE_MODE: "socket", TRAFFIC__DASHBOARD__USERNAME: "admin", TRAFFIC__DASHBOARD__PASSWORD: "pass:word",
    });
    context.after(() => hearth.stop());
    const basic = (text) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    await letIn(hearth, { auth: { username: "admin", password: "pass:word" } });
    await letIn(hearth, { auth: {}, extraHeaders: basic("admin:pass:word") });
    await refusedWith(hearth, "invalid_credentials", { auth: {}, extraHeaders: basic("admin:wrong") });
    await refusedWith(hearth, "invalid_credentials", { auth: { token: hearth.readToken } });
    await refusedWith(hearth, "missing_credentials", { auth: {} });
  });

  test("a page of another origin is refused before anything else", async () => {
    await assert.rejects(async () => {
      const client = await connect(app.hearth, { transports: ["polling"], reconnection: false, extraHeaders: { origin: "https://evil.test" } });
      client.close();
      throw new Error(client.errors[0].message);
    }, /xhr poll error/);
    const answer = await fetch(`${app.hearth.base}/traffic-dashboard/socket.io/?EIO=4&transport=polling`, { headers: { origin: "https://evil.test" } });
    assert.deepEqual([answer.status, await answer.json()], [403, { code: 4, message: "Forbidden" }]);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  });

  test("other namespaces do not exist", async () => {
    const client = await connect({ ...app.hearth, base: `${app.hearth.base}/admin` }, { transports: ["websocket"], auth: { token: app.hearth.readToken } });
    assert.deepEqual(client.errors, [{ message: "Invalid namespace", data: { code: "invalid_namespace" } }]);
    client.close();
  });

  test("a token that is revoked ends the connection for good", async () => {
    const token = addToken(app.hearth, "Default");
    const clients = await Promise.all([["websocket"], ["polling"]].map((transports) => connect(app.hearth, { transports, auth: { token } })));
    revokeToken(app.hearth, token);
    for (const client of clients) {
      await until("the client is sent away", () => client.ends.length > 0, { withinMs: EXPELLED_WITHIN_MS });
      assert.deepEqual(client.ends, ["io server disconnect"]);
      assert.equal(client.socket.active, false);
    }
  });
});

describe("the modes", () => {
  const ask = async (hearth, query, options) => {
    const answer = await fetch(`${hearth.base}/traffic-dashboard/socket.io/?${query}`, options);
    return [answer.status, (await answer.text()).slice(0, 80)];
  };

  test("poll: there is no Socket.IO", async (context) => {
    const hearth = await startHearth();
    context.after(() => hearth.stop());
    assert.equal((await ask(hearth, "EIO=4&transport=polling"))[0], 404);
  });

  test("socket-cluster: websocket only", async (context) => {
    const hearth = await startHearth({ TRAFFIC__DASHBOARD__LIVE_MODE: "socket-cluster" });
    context.after(() => hearth.stop());
    assert.deepEqual(await ask(hearth, "EIO=4&transport=polling"), [400, '{"code":0,"message":"Transport unknown"}']);
    const client = await connect(hearth, { transports: ["websocket"] });
    assert.ok(client.socket.connected);
    client.close();
  });

  test("requests that break Engine.IO are refused in its words", async () => {
    const ok = "EIO=4&transport=polling";
    const { sid } = JSON.parse((await (await fetch(`${app.hearth.base}/traffic-dashboard/socket.io/?${ok}`)).text()).slice(1));
    for (const [query, options, code] of [
      ["EIO=4", {}, 0],
      ["EIO=4&transport=webtransport", {}, 0],
      [`${ok}&sid=unknown`, {}, 1],
      [`${ok}&sid[]=${sid}`, {}, 1],
      [ok, { method: "POST" }, 2],
      ["EIO=4&transport=websocket", {}, 3],
      [`${ok}&sid=${sid}`, { method: "PUT" }, 3],
      ["EIO=3&transport=polling", {}, 5],
      ["transport=polling", {}, 5],
      [`${ok}&sid=${sid}`, { method: "POST", body: "9" }, 3],
      [`${ok}&sid=${sid}`, {}, 1],
    ]) {
      const [status, text] = await ask(app.hearth, query, options);
      assert.deepEqual([status, JSON.parse(text).code], [400, code], `${options.method ?? "GET"} ${query}`);
    }
  });
});

test("a client comes back after a restart by itself and goes on", async (context) => {
  const own = await startApp();
  context.after(() => own.stop());
  const token = own.hearth.readToken;
  const clients = await Promise.all([["websocket"], ["polling"]].map((transports) =>
    connect(own.hearth, { transports, auth: { token }, reconnectionDelay: 100, reconnectionDelayMax: 500 })));
  await own.request("/before");
  for (const client of clients) await client.expectRequests(1);
  const { folder, port } = own.hearth;
  await own.hearth.stop();
  for (const client of clients) await until("the client is told", () => client.ends.length > 0);
  own.hearth = await startHearth(own.settings, { folder, port });
  for (const client of clients) await until("the client is back", () => client.socket.connected);
  await own.request("/after");
  for (const client of clients) {
    await client.expectRequests(2);
    assert.deepEqual(client.requests.map(({ originalUrl }) => originalUrl), ["/before", "/after"]);
    assert.notEqual(client.ends[0], "io server disconnect");
    client.close();
  }
});
