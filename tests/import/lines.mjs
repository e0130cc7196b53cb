// Export and import of lines, from outside: what `hearth export all` writes, `hearth import ndjson` reads back beside a
// running server, and every answer is the same; access logs of real servers; tables; twice = once, also after SIGKILL.
// Usage: node lines.mjs. The program is HEARTH_BIN.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { fileURLToPath } from "node:url";
import { binary, startHearth } from "../lib/hearth.mjs";
import { makeFolder } from "../lib/scratch.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const fixture = (name) => path.join(HERE, "fixtures", name);
const HOUR_MS = 3_600_000;
const scratch = makeFolder("lines");
let passed = 0;
let failed = 0;

const check = async (name, test) => {
  try {
    await test();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n     ")}`);
  }
};

/** Runs a command beside the server of a folder. */
const hearth = (server, ...words) => command(server, words);
const command = (server, words, input) => new Promise((resolve) => {
  const env = { ...process.env, HEARTH_STORAGE__PATH: path.join(server.folder, "hearth.db"), HEARTH_STORAGE__MIN_FREE: "0", TZ: "UTC" };
  delete env.HEARTH_BIN;
  const child = execFile(binary(), words, { cwd: server.folder, env, maxBuffer: 1 << 28 }, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
  child.stdin.end(input ?? "");
});
const good = async (...call) => {
  const result = await hearth(...call);
  assert.equal(result.code, 0, `${call.slice(1).join(" ")}: ${result.err}`);
  return result;
};
const projectOf = async (server) => JSON.parse((await good(server, "--json", "project", "list")).out).projects?.[0] ?? JSON.parse((await good(server, "--json", "project", "list")).out)[0];

const get = async (server, project, rest) => {
  const answer = await fetch(`${server.base}/api/v1/projects/${project}/${rest}`, { headers: { authorization: `Bearer ${server.readToken}` } });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${rest}: ${text.slice(0, 300)}`);
  return text;
};

/** How many requests of the project are stored. */
const requests = async (server, project) => JSON.parse(await get(server, project, "traffic?from=2026-01-01&to=2026-12-31")).requests;

/** Sessions with all kinds of events, some with users, re-sent ones and moves among them. */
const heatBatches = (baseMs) => Array.from({ length: 60 }, (_, n) => {
  const start = baseMs + n * 97_000;
  const session = n % 3 === 0 ? `00000000-0000-4000-8000-${String(n).padStart(12, "0")}` : `session ${n % 40} "ü"`;
  const viewport = { w: 1000 + (n % 7) * 100, h: 700, dpr: 2 };
  const device = { ua: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", platform: "Linux", language: "en" };
  const event = (i, type, rest) => ({ type, eventId: `e${n}-${i}`, sessionId: session, ts: start + i * 250 + (i % 2) / 4, path: `/page/${(n + i) % 5}`, viewport, device, meta: { referrer: "https://search.example/", n }, ...rest });
  return {
    sdk: { name: "heat", version: "1.0" },
    session: { id: session, startedAt: start, lastSeenAt: start + 60_000 },
    ...(n % 4 === 0 ? { user: { id: `user ${n % 8}`, traits: { plan: "pro", n: 1.50 } } } : {}),
    events: [
      event(0, "pageview", { to: `/page/${n % 5}` }),
      event(1, "click", { x: 10 + n, y: 20, selector: "#buy > button", button: 0 }),
      event(2, "move", { points: [{ x: 1, y: 2, tsOffset: 0 }, { x: 3, y: 4.5, tsOffset: 40 }] }),
      event(3, "scroll", { scrollY: 300, scrollDepthPct: 40 }),
      event(4, "custom", { name: "added", props: { sku: `a-${n}`, price: 1.10 } }),
      event(5, "input", { selector: "input", action: "change", inputType: "text", length: 4 }),
      event(6, "keyboard", { category: "navigation" }),
    ],
  };
});

const fill = async (server) => {
  const send = async (target, headers, body) => {
    const answer = await fetch(server.base + target, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
    await answer.arrayBuffer();
    return answer.status;
  };
  for (const batch of heatBatches(Date.now() - 30 * HOUR_MS)) {
    assert.equal(await send("/ingest", { "x-project-key": server.projectKey, "user-agent": "Mozilla/5.0 Firefox/128.0" }, batch), 200);
  }
  const captures = fs.readFileSync(path.join(HERE, "../fixtures/datalyr-captures.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  let stored = 0;
  for (const { body, method } of captures) {
    if (method !== "POST" || typeof body !== "object" || body === null) continue;
    const status = await send("/track", { "x-api-key": server.projectKey }, body);
    stored += Number(status === 200 || status === 202);
  }
  assert.ok(stored > 10, `${stored} captures were stored`);
  const people = [
    { event: "$identify", userId: "ann", anonymousId: "a1", properties: { email: "ann@old.example" } },
    { event: "$identify", userId: "ann", anonymousId: "a1", properties: { email: "Ann@Example.org", name: "Ann" } },
    { event: "pageview", anonymousId: "a1", properties: { url: "https://shop.example/?utm_source=news&utm_medium=email&gclid=g1", referrer: "https://mail.example/" } },
    { event: "purchase", userId: "ann", anonymousId: "a1", properties: { value: 49.99, currency: "EUR", order: "o1", note: "=1+1" } },
    { event: "$alias", userId: "anna", previousId: "ann", properties: { previousId: "ann" } },
  ];
  for (const [n, event] of people.entries()) {
    assert.equal(await send("/track", { "x-api-key": server.projectKey }, { eventId: `p${n}`, timestamp: new Date(Date.now() - 20 * HOUR_MS + n * 1000).toISOString(), context: { session_id: "s1" }, ...event }), 200);
  }
};

const whole = async (server, project) => (await good(server, "export", "all", "--project", project.name)).out.trim().split("\n");
/** Ids that an installation gives by itself, and the order of what happened at the same moment, are not the export's. */
const sorted = (lines) => [...lines].sort();

const source = await startHearth();
await fill(source);
const from = await projectOf(source);
await good(source, "import", "access-log", fixture("nginx-timed.log"), "--project", from.name);

const target = await startHearth();
const to = await projectOf(target);
const file = path.join(scratch, "all.ndjson");

await check("an export is whole, and nobody else may read its file", async () => {
  await good(source, "export", "all", "--project", from.name, "-o", file);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const types = new Map();
  for (const line of fs.readFileSync(file, "utf8").trim().split("\n")) types.set(JSON.parse(line).type, (types.get(JSON.parse(line).type) ?? 0) + 1);
  assert.equal(types.get("heat_event"), 420);
  for (const type of ["heat_session", "event", "identifier", "tie", "alias", "trait", "email", "request"]) assert.ok(types.get(type) > 0, `${type}: ${[...types]}`);
});

await check("a dry run judges everything and stores nothing", async () => {
  const told = JSON.parse((await good(target, "--json", "import", "ndjson", file, "--project", to.name, "--dry-run")).out);
  assert.deepEqual([told.refused, told.dry_run], [0, true]);
  assert.equal((await good(target, "export", "all", "--project", to.name)).out, "");
});

await check("what was exported comes back beside a running server, and exports the same", async () => {
  const told = JSON.parse((await good(target, "--json", "import", "ndjson", file, "--project", to.name)).out);
  assert.deepEqual([told.refused, told.already_there], [0, 0], JSON.stringify(told.refusals));
  assert.deepEqual(sorted(await whole(target, to)), sorted(await whole(source, from)));
});

await check("the answers are the same", async () => {
  const span = `from=2020-01-01&to=2030-01-01`;
  const normal = (text) => text.replaceAll(from.id, "P").replaceAll(to.id, "P");
  const uuids = (text) => normal(text).replace(/"(id|seq|user_id|user|userId|event_id)":("[0-9a-f-]{36}"|\d+)/g, '"$1":0').replace(/"syn_[0-9a-f]+_/g, '"syn_');
  for (const rest of [
    "totals", `heatmaps?${span}`, `visits/totals?period=all`, "visits/breakdown?by=source&period=all", "visits/breakdown?by=page&period=all",
    "track/totals", "persons?limit=1000", "conversions?limit=1000", "revenue", "attribution", "traffic?period=all", `traffic?${span}`,
    `traffic/routes?${span}`, "track/sessions?limit=1000",
  ]) {
    const answers = await Promise.all([[source, from], [target, to]].map(([server, project]) => get(server, project.id, rest)));
    assert.equal(uuids(answers[1]), uuids(answers[0]), rest);
  }
  for (const kind of ["visits", "touches", "conversions", "persons", "heatmap", "sessions"]) {
    const rows = await Promise.all([[source, from], [target, to]].map(async ([server, project]) => sorted((await good(server, "export", kind, "--project", project.name)).out.split("\n"))));
    assert.deepEqual(rows[1], rows[0], kind);
    assert.ok(rows[0].length > 1, kind);
  }
});

await check("twice is once", async () => {
  const before = await whole(target, to);
  const { err } = await good(target, "import", "ndjson", file, "--project", to.name);
  assert.match(err, /imported completely before/);
  assert.deepEqual(await whole(target, to), before);
});

await check("the route gives the same rows as the command", async () => {
  for (const kind of ["heat", "events", "requests", "visits"]) {
    for (const format of ["ndjson", "csv"]) {
      const text = await get(source, from.id, `export/${kind}?format=${format}`);
      assert.equal(text, (await good(source, "export", kind, "--project", from.name, "--format", format)).out, `${kind} ${format}`);
    }
  }
  const refused = await fetch(`${source.base}/api/v1/projects/${from.id}/export/events`);
  assert.equal(refused.status, 401);
  for (const [rest, status] of [["export/nothing", 404], ["export/all?format=csv", 400], ["export/events?from=then", 400], ["export/events?filter=no_such=1", 400]]) {
    const answer = await fetch(`${source.base}/api/v1/projects/${from.id}/${rest}`, { headers: { authorization: `Bearer ${source.readToken}` } });
    assert.equal(answer.status, status, rest);
  }
});

await check("CSV defuses formulas, filters choose rows, days are bounds", async () => {
  const all = (await good(source, "export", "events", "--project", from.name, "--format", "csv")).out;
  assert.ok(all.startsWith("event_id,name,kind,time,time_ms,"), all.slice(0, 80));
  const bought = (await good(source, "export", "events", "--project", from.name, "--filter", "name=purchase", "--filter", "user_id=ann")).out.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(bought.length, 1);
  assert.equal(bought[0].properties.note, "=1+1");
  assert.equal((await good(source, "export", "events", "--project", from.name, "--to", "2020-01-01")).out, "");
  assert.notEqual((await hearth(source, "export", "events", "--project", from.name, "--filter", "nothing=1")).code, 0);
  assert.notEqual((await hearth(source, "export", "all", "--project", from.name, "--format", "csv")).code, 0);
});

await check("a log of nginx: routes learned, secrets gone, junk told with its line", async () => {
  const server = await startHearth();
  const project = await projectOf(server);
  const told = JSON.parse((await good(server, "--json", "import", "access-log", fixture("nginx-timed.log"), "--project", project.name)).out);
  assert.deepEqual([told.read, told.stored, told.refused], [19, 18, 1]);
  assert.equal(told.refusals[0].place, "line 17");
  const { out } = await good(server, "export", "requests", "--project", project.name);
  assert.ok(!out.includes("secret"), "the query's secret is not kept");
  const rows = out.trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(rows.filter((row) => row.route === "/orders/:id").length >= 12, rows.map((row) => row.route).join(" "));
  assert.equal(rows.filter((row) => row.status === 410).length, 1);
  assert.equal(rows[0].ended_ms, Date.parse("2026-11-21T18:41:56Z"));
  assert.equal(rows[0].referrer, "https://search.example/");
  await server.stop();
});

await check("a log that has grown goes on, rotated and compressed it is the same, an unfinished line waits", async () => {
  const server = await startHearth();
  const project = await projectOf(server);
  const lines = fs.readFileSync(fixture("nginx-combined.log"), "utf8").trim().split("\n");
  const log = path.join(scratch, "access.log");
  const run = async (name) => JSON.parse((await good(server, "--json", "import", "access-log", name, "--project", project.name)).out);
  fs.writeFileSync(log, `${lines.slice(0, 5).join("\n")}\n${lines[5].slice(0, 30)}`);
  assert.equal((await run(log)).read, 5);
  assert.equal((await run(log)).was_complete, true);
  fs.writeFileSync(log, `${lines.slice(0, 12).join("\n")}\n`);
  assert.equal((await run(log)).read, 7);
  const rotated = path.join(scratch, "access.log.1.gz");
  fs.writeFileSync(rotated, zlib.gzipSync(`${lines.slice(0, 15).join("\n")}\n`));
  assert.equal((await run(rotated)).read, 3);
  assert.equal((await good(server, "export", "requests", "--project", project.name)).out.trim().split("\n").length, 15);
  fs.writeFileSync(log, `${lines.slice(0, 2).join("\n")}\n`);
  const shorter = await hearth(server, "import", "access-log", log, "--project", project.name);
  assert.notEqual(shorter.code, 0);
  assert.match(shorter.err, /shorter than what was imported/);
  await server.stop();
});

await check("Caddy and Traefik, and a strict import that stops", async () => {
  const server = await startHearth();
  const project = await projectOf(server);
  for (const [name, format, read] of [["caddy.json", "caddy", 3], ["traefik.log", "traefik", 2], ["traefik.json", "auto", 2]]) {
    const told = JSON.parse((await good(server, "--json", "import", "access-log", fixture(name), "--format", format, "--project", project.name)).out);
    assert.deepEqual([told.read, told.stored], [read, read - told.refused], name);
    assert.ok(told.stored > 0, name);
  }
  const strict = await hearth(server, "import", "access-log", fixture("nginx-timed.log"), "--strict", "--project", project.name);
  assert.notEqual(strict.code, 0);
  assert.match(strict.err, /line 17/);
  await server.stop();
});

await check("tables and lines of other tools become app events", async () => {
  const server = await startHearth();
  const project = await projectOf(server);
  const table = path.join(scratch, "sales.csv");
  fs.writeFileSync(table, "what,when,who,total,colour\r\npurchase,2026-03-01T10:00:00Z,u1,19.99,\"red, blue\"\r\npurchase,1772359200,u2,5,green\r\npurchase,then,u3,1,x\r\n");
  const words = ["import", "csv", table, "--project", project.name, "--map", "name=what", "time=when", "user=who", "revenue=total"];
  const told = JSON.parse((await good(server, "--json", ...words)).out);
  assert.deepEqual([told.stored, told.refused, told.refusals[0].place], [2, 1, "line 4"]);
  assert.match((await good(server, ...words)).err, /imported completely before/);
  const segment = [
    { type: "track", event: "Signed Up", userId: "u1", anonymousId: "a9", timestamp: "2026-03-02T10:00:00Z", messageId: "m1", properties: { plan: "pro" } },
    { type: "identify", userId: "u1", anonymousId: "a9", timestamp: "2026-03-02T10:00:01Z", messageId: "m2", traits: { email: "u1@example.org" } },
    { name: "opened", ts: 1772359300000, user_id: "u1", screen: "home" },
    { name: "opened" },
  ].map((line) => JSON.stringify(line)).join("\n");
  const piped = await command(server, ["--json", "import", "ndjson", "-", "--project", project.name], segment);
  assert.equal(piped.code, 0, piped.err);
  assert.deepEqual([JSON.parse(piped.out).stored, JSON.parse(piped.out).refused], [3, 1]);
  const rows = (await good(server, "export", "conversions", "--project", project.name, "--filter", "name=purchase")).out.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(rows.map((row) => [row.user_id, row.amount]).sort(), [["u1", 19.99], ["u2", 5]]);
  const persons = (await good(server, "export", "persons", "--project", project.name)).out;
  assert.ok(persons.includes("u1@example.org"), persons);
  assert.deepEqual(fs.readdirSync(server.folder).filter((name) => name.includes("import-")), []);
  await server.stop();
});

await check("an import that is killed goes on without a gap or anything twice", async () => {
  const server = await startHearth();
  const project = await projectOf(server);
  const big = path.join(scratch, "big.log");
  const total = 120_000;
  const line = (n) => `10.0.0.${n % 250} - - [02/Mar/2026:10:${String(Math.floor(n / 600) % 60).padStart(2, "0")}:${String(Math.floor(n / 10) % 60).padStart(2, "0")} +0000] "GET /item/${n % 50}?n=${n} HTTP/1.1" 200 ${n} "-" "curl/8" 0.00${n % 9}`;
  fs.writeFileSync(big, `${Array.from({ length: total }, (_, n) => line(n)).join("\n")}\n`);
  const env = { ...process.env, HEARTH_STORAGE__PATH: path.join(server.folder, "hearth.db"), HEARTH_STORAGE__MIN_FREE: "0" };
  delete env.HEARTH_BIN;
  let kills = 0;
  for (let round = 0; round < 3; round += 1) {
    const before = await requests(server, project.id);
    const child = spawn(binary(), ["import", "access-log", big, "--project", project.name], { cwd: server.folder, env, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal)));
    while (child.exitCode === null && (await requests(server, project.id)) === before);
    child.kill("SIGKILL");
    kills += Number((await ended) === "SIGKILL");
  }
  assert.equal(kills, 3);
  await good(server, "import", "access-log", big, "--project", project.name);
  const bytes = (await good(server, "export", "requests", "--project", project.name)).out.trim().split("\n").map((row) => JSON.parse(row).bytes_out);
  assert.equal(bytes.length, total);
  assert.equal(new Set(bytes).size, total);
  console.log(`     killed ${kills} times`);
  await server.stop();
});

await source.stop();
await target.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
