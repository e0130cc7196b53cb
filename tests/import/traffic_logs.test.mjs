// Import from express-sequelize-traffic: its table answers from Hearth's API under the mount path as counting its rows does.
//
// The package is on no public registry; the table is made as its description says and as Sequelize writes into SQLite.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { Random } from "../lib/random.mjs";
import { makeFolder } from "../lib/scratch.mjs";
import { countRows, Database, importAndKill, importInto } from "./hearth_import.mjs";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** The command keeps what its configuration says, as the recorder does. */
const KEEPING = ["--set", "traffic.track_ip=true", "--set", "traffic.query=keep"];

const TABLE = `CREATE TABLE traffic_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, userId VARCHAR(255), userName VARCHAR(255),
  userEmail VARCHAR(255), sessionId VARCHAR(255), method VARCHAR(16) NOT NULL, route VARCHAR(255), originalUrl TEXT NOT NULL,
  statusCode INTEGER NOT NULL, durationMs INTEGER NOT NULL, isSlow TINYINT(1) NOT NULL DEFAULT 0, ip VARCHAR(64), userAgent TEXT,
  startTime DATETIME NOT NULL, endTime DATETIME NOT NULL, createdAt DATETIME NOT NULL)`;

/** A time as Sequelize writes it into SQLite. */
const stamp = (ms) => new Date(ms).toISOString().replace("T", " ").replace("Z", " +00:00");

/** Adds random requests, one after the other; returns them. */
const addRequests = (name, seed, count, began) => {
  const random = new Random(seed);
  const file = new Database(name);
  file.exec(TABLE.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"));
  const columns = ["userId", "userName", "userEmail", "sessionId", "method", "route", "originalUrl", "statusCode", "durationMs", "isSlow", "ip", "userAgent", "startTime", "endTime", "createdAt"];
  const insert = file.prepare(`INSERT INTO traffic_logs (${columns.join(", ")}) VALUES (${columns.map((column) => `@${column}`).join(", ")})`);
  const rows = [];
  let at = began;
  file.transaction(() => {
    for (let n = 0; n < count; n += 1) {
      at += random.integer(0, 40_000);
      const durationMs = random.pick([3, 90, 999, 1000, 2500]) + random.integer(0, 0);
      const user = random.chance(0.6) ? random.integer(1, 9) : null;
      const route = random.pick(["/", "/users/:id", "/api/products", "/api/products/:id"]);
      const row = {
        userId: user && `user-${user}`, userName: user && `User ${user}`, userEmail: user && `user${user}@example.com`,
        sessionId: random.chance(0.5) ? `s-${random.integer(1, 20)}` : null, method: random.pick(["GET", "GET", "POST"]), route,
        originalUrl: route.replace(":id", String(random.integer(1, 99))) + random.pick(["", "?page=2"]), statusCode: random.pick([200, 200, 201, 304, 404, 500]),
        durationMs, isSlow: durationMs >= 1000 ? 1 : 0, ip: random.pick([null, "203.0.113.9", "::ffff:198.51.100.7"]), userAgent: random.pick([null, "Browser/1"]),
        startTime: stamp(at - durationMs), endTime: stamp(at), createdAt: stamp(at),
      };
      insert.run(row);
      rows.push({ ...row, at });
    }
  })();
  file.close();
  return rows;
};

const countBy = (rows, key) => rows.reduce((counts, row) => { counts[key(row)] = (counts[key(row)] ?? 0) + 1; return counts; }, {});
const rounded = (number) => Math.round(number * 1000) / 1000;

/** Asks every endpoint and compares with counting the rows. */
const compare = async (hearth, rows) => {
  const get = async (rest) => {
    const answer = await fetch(`${hearth.base}/traffic-dashboard/api/${rest}`, { headers: { authorization: `Bearer ${hearth.readToken}` } });
    assert.equal(answer.status, 200, rest);
    return answer.json();
  };
  const average = rounded(rows.reduce((sum, row) => sum + row.durationMs, 0) / rows.length);
  const overview = await get("overview");
  assert.deepEqual(
    [overview.totalRequests, overview.averageDurationMs, overview.slowRequestCount, overview.errorRequestCount, overview.uniqueUsers],
    [rows.length, average, rows.filter((row) => row.isSlow).length, rows.filter((row) => row.statusCode >= 400).length, new Set(rows.map((row) => row.userId).filter(Boolean)).size],
  );
  assert.deepEqual(Object.fromEntries(overview.statusCodeSummary.map(({ statusCode, count }) => [statusCode, count])), countBy(rows, (row) => row.statusCode));
  const latest = rows.toSorted((a, b) => b.at - a.at)[0];
  assert.deepEqual([overview.latestRequests[0].originalUrl, overview.latestRequests[0].createdAt], [latest.originalUrl, new Date(latest.at).toISOString()]);

  const { routes } = await get("routes?limit=100");
  assert.deepEqual(Object.fromEntries(routes.map((route) => [`${route.method} ${route.route}`, route.requests])), countBy(rows, (row) => `${row.method} ${row.route}`));

  const { users } = await get("users?limit=100");
  for (const user of users) {
    const own = rows.filter((row) => row.userId === user.userId);
    assert.deepEqual(
      [user.userName, user.userEmail, user.requests, user.errorCount, user.slowCount, user.firstSeenAt, user.lastSeenAt],
      [own[0].userName, own[0].userEmail, own.length, own.filter((row) => row.statusCode >= 400).length, own.filter((row) => row.isSlow).length,
        new Date(Math.min(...own.map((row) => row.at))).toISOString(), new Date(Math.max(...own.map((row) => row.at))).toISOString()],
    );
  }
  assert.equal(users.length, overview.uniqueUsers);
  const one = await get("users/user-3");
  const ofOne = rows.filter((row) => row.userId === "user-3");
  assert.deepEqual(one.ipAddresses.map(({ ip, requests }) => [ip, requests]).sort(), Object.entries(countBy(ofOne.filter((row) => row.ip), (row) => row.ip.replace("::ffff:", ""))).sort());

  const failed = rows.filter((row) => row.statusCode >= 400).toSorted((a, b) => b.at - a.at);
  const { errors, total } = await get("errors?limit=50");
  assert.equal(total, failed.length);
  assert.deepEqual(errors.map(({ statusCode, originalUrl, durationMs }) => [statusCode, originalUrl, durationMs]), failed.slice(0, 50).map((row) => [row.statusCode, row.originalUrl, row.durationMs]));
};

test("its numbers are those of the table, twice is once, and what was added since is added", async () => {
  const file = path.join(makeFolder("traffic"), "traffic.db");
  const began = Date.now() - 20 * DAY_MS;
  const rows = addRequests(file, 1, 3_000, began);
  const hearth = await startHearth();
  const dry = await importInto(hearth, "traffic-logs", file, ["--dry-run", ...KEEPING]);
  assert.deepEqual([dry.read, dry.refused, countRows(hearth).traffic_request], [3_000, 0, 0]);
  const summary = await importInto(hearth, "traffic-logs", file, KEEPING);
  assert.deepEqual([summary.read, summary.stored, summary.refused], [3_000, 3_000, 0]);
  await compare(hearth, rows);
  assert.equal((await importInto(hearth, "traffic-logs", file, KEEPING)).was_complete, true);
  rows.push(...addRequests(file, 2, 500, rows.at(-1).at));
  const more = await importInto(hearth, "traffic-logs", file, KEEPING);
  assert.deepEqual([more.read_before, more.read, more.stored], [3_000, 500, 500]);
  await compare(hearth, rows);
  await hearth.stop();
});

test("an import that is killed counts nothing twice", async () => {
  const file = path.join(makeFolder("traffic"), "traffic.db");
  const rows = addRequests(file, 3, 20_000, Date.now() - 15 * DAY_MS);
  const hearth = await startHearth();
  const random = new Random(4);
  let kills = 0;
  while ((await importAndKill(hearth, "traffic-logs", file, 150 + random.integer(0, 100) + 40 * kills, KEEPING)) === "SIGKILL") kills += 1;
  assert.ok(kills > 0, "it was killed at least once");
  assert.equal(countRows(hearth).traffic_request, rows.length);
  await compare(hearth, rows);
  await hearth.stop();
});

test("an older table without names is read, and rows that make no sense are refused", async () => {
  const file = path.join(makeFolder("traffic"), "traffic.db");
  addRequests(file, 5, 20, Date.now() - DAY_MS);
  const table = new Database(file);
  table.exec("ALTER TABLE traffic_logs DROP COLUMN userName; ALTER TABLE traffic_logs DROP COLUMN userEmail; UPDATE traffic_logs SET statusCode = 0 WHERE id = 3; UPDATE traffic_logs SET createdAt = 'never' WHERE id = 5");
  table.close();
  const hearth = await startHearth();
  const summary = await importInto(hearth, "traffic-logs", file, KEEPING);
  assert.deepEqual([summary.read, summary.stored, summary.refusals.map(({ place }) => place)], [20, 18, ["traffic_logs row 3", "traffic_logs row 5"]]);
  await hearth.stop();
});
