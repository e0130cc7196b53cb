// An Express app behind the proxy: the numbers of both APIs and the live events equal the script's own tally.
//
//   express.mjs [--requests 600] [--seed N]
import http from "node:http";
import { io } from "socket.io-client";
import { readOptions } from "../faults/options.mjs";
import { until } from "../lib/until.mjs";
import { SLOW_MS, isToldByHeader, startExpressApp } from "./express_app.mjs";
import { writeScript } from "./express_script.mjs";
import { startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";

const CONNECTIONS = 8;
const MOUNT = "/traffic-dashboard";
const BASIC = `Basic ${Buffer.from("owner:a password").toString("base64")}`;
/** The fields of a live event, exactly (traffic.md 4). */
const EVENT_FIELDS = ["createdAt", "durationMs", "isSlow", "method", "originalUrl", "route", "sessionId", "statusCode", "userId"];
const options = readOptions(process.argv.slice(2), { requests: 600, seed: Date.now() % 1_000_000 });

await trial(async () => {
  const script = writeScript(options.seed, options.requests);
  console.log(`seed ${options.seed}, ${script.length} requests`);
  const proxy = await startProxy({
    upstream: await startExpressApp(),
    settings: {
      TRAFFIC__QUERY: "redact",
      TRAFFIC__TRACK_IP: "true",
      TRAFFIC__ROUTES: "/shop/:category/:item",
      TRAFFIC__IDENTITY__USER_ID: "response-header:x-hearth-user-id,cookie:uid",
      TRAFFIC__IDENTITY__SESSION_ID: "cookie:sid",
      TRAFFIC__DASHBOARD__LIVE_MODE: "socket",
      TRAFFIC__DASHBOARD__USERNAME: "owner",
      TRAFFIC__DASHBOARD__PASSWORD: "a password",
    },
  });
  const events = [];
  const socket = io(proxy.hearth.base, { path: `${MOUNT}/socket.io`, transports: ["websocket"], extraHeaders: { authorization: BASIC }, reconnection: false });
  socket.on("traffic:new-request", (event) => events.push(event));
  await new Promise((resolve, reject) => { socket.on("connect", resolve); socket.on("connect_error", reject); });

  await play(proxy.port, script);
  await until("everything is recorded", async () => (await proxy.records.traffic("")).requests >= script.length, { withinMs: 15_000 }).catch(() => {});
  const rows = (await proxy.records.all()).map(camelCase);
  everyRequest(script, rows);
  const expected = totals(script, rows);
  await dashboard(proxy, expected, rows);
  await ownApi(proxy, expected);
  await liveEvents(events, rows);
  socket.close();
  await proxy.stop();
});

/** Sends the whole script over a few connections and checks each answer. */
async function play(port, script) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const queue = script.values();
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    for (const request of queue) {
      const answer = await send(port, agent, request);
      const name = `${request.method} ${request.path}`;
      if (answer.statusCode !== request.expected.statusCode) tally.check(`${name}: status`, false, answer.statusCode);
      const told = Object.keys(answer.headers).filter((header) => header.startsWith("x-hearth-"));
      if (told.length > 0) tally.check(`${name}: what is for Hearth does not reach the client`, false, told.join());
    }
  }));
  agent.destroy();
}

function send(port, agent, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, path, agent, headers: { ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Each request of the script is one row with exactly its values, and there are no other rows. */
function everyRequest(script, rows) {
  const fields = Object.keys(script[0].expected);
  const text = (row) => JSON.stringify(fields.map((field) => row[field] ?? null));
  const [wanted, found] = [script.map(({ expected }) => text(expected)).sort(), rows.map(text).sort()];
  tally.check("each request is one row", rows.length === script.length, `${rows.length} rows of ${script.length} requests`);
  const wrong = wanted.filter((one, i) => one !== found[i]);
  tally.check("each row has the values of its request", wrong.length === 0, `${firstDifference(wanted, found)}`);
  for (const row of rows) {
    const user = row.userId === null ? undefined : Number(row.userId.slice(1));
    const named = user !== undefined && isToldByHeader(user);
    if ((row.userName ?? null) !== (named ? `User ${user}` : null)) tally.check("user names are those that the app told", false, JSON.stringify(row));
    if (row.isSlow !== (row.durationMs >= 1000)) tally.check("slow is what takes a second", false, JSON.stringify(row));
  }
  tally.check("slow requests took their time", rows.filter((row) => row.isSlow).every((row) => row.durationMs >= SLOW_MS - 2 && row.upstreamMs <= row.durationMs));
  tally.check("addresses are recorded", rows.every((row) => row.ip === "127.0.0.1"), rows[0]?.ip);
  tally.figure("express requests", script.length);
}

function firstDifference(wanted, found) {
  const missing = wanted.find((one) => !found.includes(one));
  const extra = found.find((one) => !wanted.includes(one));
  return `missing ${missing}, instead ${extra}`;
}

/** What the APIs must show, from the script; durations alone from the rows. */
function totals(script, rows) {
  const list = script.map(({ expected }) => expected);
  return {
    requests: list.length,
    slow: list.filter((one) => one.isSlow).length,
    errors: list.filter((one) => one.statusCode >= 400).length,
    users: new Set(list.map((one) => one.userId).filter((id) => id !== null)).size,
    meanMs: rows.reduce((sum, row) => sum + row.durationMs, 0) / rows.length,
    byStatus: countBy(list, (one) => one.statusCode),
    byRoute: groupBy(list, (one) => `${one.method} ${one.route}`),
    byUser: groupBy(list.filter((one) => one.userId !== null), (one) => one.userId),
  };
}

function groupBy(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

function countBy(list, key) {
  return Object.fromEntries([...groupBy(list, key)].map(([name, group]) => [name, group.length]).sort());
}

/** The API of express-sequelize-traffic under the mount path. */
async function dashboard(proxy, expected, rows) {
  const ask = async (path) => {
    const answer = await fetch(`${proxy.hearth.base}${MOUNT}/api${path}`, { headers: { authorization: BASIC } });
    return { status: answer.status, ...(await answer.json()) };
  };
  equal("config", await ask("/config"), { status: 200, liveMode: "socket", pollIntervalMs: 2000, socket: { path: `${MOUNT}/socket.io`, transports: ["polling", "websocket"] } });
  const overview = await ask("/overview");
  equal("overview: numbers", pick(overview, ["totalRequests", "slowRequestCount", "errorRequestCount", "uniqueUsers", "activeUsersLastFiveMinutes"]), {
    totalRequests: expected.requests, slowRequestCount: expected.slow, errorRequestCount: expected.errors, uniqueUsers: expected.users, activeUsersLastFiveMinutes: expected.users,
  });
  near("overview: averageDurationMs", overview.averageDurationMs, expected.meanMs);
  equal("overview: statusCodeSummary", Object.fromEntries(overview.statusCodeSummary.map((one) => [one.statusCode, one.count]).sort()), expected.byStatus);
  equal("overview: requestsTimeline", sum(overview.requestsTimeline, "requests"), expected.requests);
  equal("overview: latestRequests", overview.latestRequests.map((row) => row.id), rows.slice(0, 20).map((row) => row.id));
  topRoutes("overview: topRoutes", overview.topRoutes, expected);
  equal("overview: slowestRoutes begins with the slow one", overview.slowestRoutes[0].route, "/slow");

  const { routes, total } = await ask("/routes?limit=1000");
  equal("routes: how many", [routes.length, total], [expected.byRoute.size, expected.byRoute.size]);
  equal("routes: numbers", Object.fromEntries(routes.map((one) => [`${one.method} ${one.route}`, [one.requests, one.slowCount, one.errorCount]]).sort()), Object.fromEntries([...expected.byRoute].map(([name, group]) => [name, numbers(group)]).sort()));

  const { users } = await ask("/users?limit=1000");
  equal("users: numbers", Object.fromEntries(users.map((one) => [one.userId, [one.requests, one.slowCount, one.errorCount]]).sort()), Object.fromEntries([...expected.byUser].map(([id, group]) => [id, numbers(group)]).sort()));
  for (const [id, group] of expected.byUser) userDetail(id, group, await ask(`/users/${id}`));
  const unknown = await ask("/users/nobody");
  equal("an unknown user is 404 in JSON", [unknown.status, typeof unknown.error], [404, "string"]);

  const errors = await ask("/errors?limit=1000");
  equal("errors", [errors.total, errors.errors.map((row) => row.id).sort()], [expected.errors, rows.filter((row) => row.statusCode >= 400).map((row) => row.id).sort()]);
  await live(ask, rows);
  const refused = await fetch(`${proxy.hearth.base}${MOUNT}/api/overview`);
  equal("without the password: 401", refused.status, 401);
}

function userDetail(id, group, shown) {
  equal(`user ${id}: numbers`, [shown.user?.requests, shown.user?.slowCount, shown.user?.errorCount], numbers(group));
  const routesOf = (list) => countBy(list, (one) => `${one.method} ${one.route}`);
  const routesShown = (list) => Object.fromEntries(list.map((one) => [`${one.method} ${one.route}`, one.requests]).sort());
  equal(`user ${id}: routes`, routesShown(shown.routes), routesOf(group));
  equal(`user ${id}: slowRoutes`, routesShown(shown.slowRoutes), routesOf(group.filter((one) => one.isSlow)));
  equal(`user ${id}: errorRoutes`, routesShown(shown.errorRoutes), routesOf(group.filter((one) => one.statusCode >= 400)));
  equal(`user ${id}: devices`, Object.fromEntries(shown.devices.map((one) => [one.userAgent, one.requests]).sort()), countBy(group, (one) => one.userAgent));
  equal(`user ${id}: sessions`, Object.fromEntries(shown.sessions.map((one) => [one.sessionId, one.requests]).sort()), countBy(group, (one) => one.sessionId));
  equal(`user ${id}: ipAddresses`, shown.ipAddresses.map((one) => [one.ip, one.requests]), [["127.0.0.1", group.length]]);
}

/** A poller gets every row once, in order. */
async function live(ask, rows) {
  const latest = await ask("/live?limit=5");
  equal("live: the latest", latest.requests.map((row) => row.id), rows.slice(0, 5).map((row) => row.id));
  const polled = [];
  for (let cursor = 0, more = true; more && polled.length <= rows.length;) {
    const page = await ask(`/live?sinceId=${cursor}&limit=97`);
    polled.push(...page.requests.toReversed());
    more = page.hasMore;
    cursor = page.cursor;
  }
  equal("live: each row once and in order by polling", polled.map((row) => row.id), rows.map((row) => row.id).toReversed());
}

/** Hearth's own API shows the same. */
async function ownApi(proxy, expected) {
  const overview = await proxy.records.traffic("");
  equal("own API: overview", pick(overview, ["requests", "slow_count", "error_count", "unique_users", "active_users"]), {
    requests: expected.requests, slow_count: expected.slow, error_count: expected.errors, unique_users: expected.users, active_users: expected.users,
  });
  near("own API: average_duration_ms", overview.average_duration_ms, expected.meanMs);
  equal("own API: status_codes", Object.fromEntries(overview.status_codes.map((one) => [one.status_code, one.requests]).sort()), expected.byStatus);
  topRoutes("own API: top_routes", overview.top_routes, expected);
  const routes = await proxy.records.routes();
  equal("own API: routes", Object.fromEntries(routes.map((one) => [`${one.method} ${one.route}`, [one.requests, one.slow_count, one.error_count]]).sort()), Object.fromEntries([...expected.byRoute].map(([name, group]) => [name, numbers(group)]).sort()));
  const { users } = await proxy.records.traffic("/users?limit=1000");
  equal("own API: users", Object.fromEntries(users.map((one) => [one.user_id, one.requests]).sort()), countBy([...expected.byUser.values()].flat(), (one) => one.userId));
  const errors = await proxy.records.traffic("/errors?limit=1");
  equal("own API: errors", errors.total, expected.errors);
  const counts = await proxy.records.counts();
  equal("own API: the status counts the same", [counts.recorded, counts.dropped_queue_full, counts.dropped_store], [expected.requests, 0, 0]);
}

/** A watcher gets each request that was made while it was connected, once, with exactly nine fields. */
async function liveEvents(events, rows) {
  await until("all events came", () => events.length >= rows.length).catch(() => {});
  const wrong = events.filter((event) => Object.keys(event).sort().join() !== EVENT_FIELDS.join());
  equal("each event has exactly nine fields", wrong.slice(0, 1), []);
  const text = (row) => JSON.stringify(EVENT_FIELDS.map((field) => row[field] ?? null));
  const recorded = rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }));
  equal("each request is one event with the values that were recorded", events.map(text).sort(), recorded.map(text).sort());
  tally.figure("express live events", events.length);
}

function topRoutes(name, shown, expected) {
  const counts = [...expected.byRoute.values()].map((group) => group.length).sort((a, b) => b - a).slice(0, 10);
  equal(`${name}: the largest counts`, shown.map((one) => one.requests), counts);
  equal(`${name}: of the right routes`, shown.map((one) => expected.byRoute.get(`${one.method} ${one.route}`)?.length), shown.map((one) => one.requests));
}

function numbers(group) {
  return [group.length, group.filter((one) => one.isSlow).length, group.filter((one) => one.statusCode >= 400).length];
}

function sum(list, field) {
  return list.reduce((all, one) => all + one[field], 0);
}

function pick(object, fields) {
  return Object.fromEntries(fields.map((field) => [field, object[field]]));
}

/** Names of the own API as those of the original. */
function camelCase(row) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()), value]));
}

function equal(name, found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  tally.check(name, a === b, `${a?.slice(0, 400)}, expected ${b?.slice(0, 400)}`);
}

/** Equal but for the rounding of durations to microseconds. */
function near(name, found, wanted) {
  tally.check(name, Math.abs(found - wanted) < 0.002, `${found}, expected ${wanted}`);
}
