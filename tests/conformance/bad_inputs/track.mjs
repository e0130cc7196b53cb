// Surface `track`: hostile events, ids, times and keys of the Datalyr protocol on POST /track.
import crypto from "node:crypto";
import { runHearth, startInstallation } from "../../datalyr/installation.mjs";
import { sendRaw } from "../../lib/raw_http.mjs";
import { stringsIn } from "./hostile_texts.mjs";
import { firstMacro, inputBytes } from "./input.mjs";
import { expect, fail } from "./tally.mjs";
import { expectHealthy, expectInert, expectNoServerError } from "./watch.mjs";

/** Nothing is rate limited, and the log says as much as it can. */
const SETTINGS = {
  DATALYR__RATE_LIMIT__MAX_EVENTS: 100_000_000, DATALYR__RATE_LIMIT__UNKNOWN_KEY_MAX: 1_000_000, LOG__LEVEL: "debug", LOG__ACCESS: true,
};

/** The id, the user and the visitor of most cases: each case gets its own, or it would be a copy of the one before. */
const SHARED = [
  [/11111111-0000-4000-8000-000000000001/g, () => crypto.randomUUID()],
  [/(?<="userId":")u1(?=")/g, () => `u1_${crypto.randomUUID()}`],
  [/anon_1(?=")/g, () => `anon_1_${crypto.randomUUID()}`],
];

/** Memory that 200,000 distinct names of events may cost, in bytes. */
const BOUNDED_MEMORY = 64 * 1024 * 1024;

/** How fast the reads must stay over them: the 95th percentile, in milliseconds. */
const BOUNDED_READ_MS = 500;

/** How long an event with as many keys as are allowed may take, in milliseconds. */
const MANY_KEYS_MS = 500;

/** Runs the cases. */
export const runTrack = async (cases, tally) => {
  const installation = await startInstallation(SETTINGS);
  runHearth(installation.hearth.folder, ["key", "create", "--project", "P1", "--value-stdin"], "dk_good\n");
  for (const one of cases) {
    await tally.run(one.name, async () => {
      const own = { ...one, input: withOwnIds(one.input) };
      await (JUDGES[one.expect] ?? (() => fail(`unknown expectation ${one.expect}`)))(own, installation);
      await expectHealthy(installation.hearth);
      if (one.class === "log-injection") expectCleanLog(own, installation.hearth);
    });
  }
  await tally.run("track: stops in good order afterwards", () => installation.hearth.stop());
};

/** The input with ids that no other case has; the same id stays the same within it. */
const withOwnIds = (input) =>
  SHARED.reduce((text, [pattern, make]) => {
    const fresh = make();
    return text.replace(pattern, () => fresh);
  }, input);

const post = async ({ hearth, p1 }, body, headers = [["X-API-Key", p1.key]]) => {
  const answer = await sendRaw({ port: hearth.port, method: "POST", target: "/track", headers: [["Content-Type", "application/json"], ...headers], body });
  expect(answer.status !== 0, "closed the connection without an answer");
  expectNoServerError(answer);
  return answer;
};

const send = (one, installation) => post(installation, inputBytes(one.input, one.macros));

/** The bodies of a case that is a sequence, one in each line. */
const sequence = (one) => inputBytes(one.input, one.macros).toString("utf8").split("\n").filter((line) => line !== "").map((line) => Buffer.from(line));

/** Sends the bodies of a sequence one after the other; all are taken. Returns how many events are there in the end. */
const countAfter = async (one, installation, keyOf = () => installation.p1.key, copies = 1) => {
  const bodies = sequence(one);
  for (const [at, body] of bodies.entries()) {
    const answers = await Promise.all(Array.from({ length: copies }, () => post(installation, body, [["X-API-Key", keyOf(at)]])));
    for (const { status } of answers) expect(status === 200, `answered ${status}`);
  }
  const person = `user:${JSON.parse(bodies[0]).userId}`;
  const counts = await Promise.all([installation.p1, installation.p2].map(async ({ read }) => ((await read.person(person)) ? (await read.eventsOf(person)).length : 0)));
  return { count: counts[0] + counts[1], counts };
};

const expectCount = ({ count }, wanted) => expect(count === wanted, `${count} events instead of ${wanted}`);

/** What each expectation means. */
const JUDGES = {
  "no-5xx": async (one, installation) => {
    if (one.name === "hash-flood") await manyKeys(installation);
    await send(one, installation);
  },
  "reject-4xx": async (one, installation) => {
    const { status } = await send(one, installation);
    expect(status >= 400 && status < 500, `answered ${status}`);
  },
  status: async (one, installation) => {
    const headers = one.headers.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
    const { status } = await post(installation, inputBytes(one.input, one.macros), headers);
    expect(one.status.includes(status), `answered ${status}, not one of ${one.status}`);
    // One documented rule: a Bearer token is a key, any other scheme is none (docs/datalyr.md).
    const isBearer = headers.some(([, value]) => value.startsWith("Bearer "));
    expect(status === (isBearer ? 200 : 401), `answered ${status}`);
  },
  "count-1": async (one, installation) => {
    const copies = one.name.includes("concurrent") ? 25 : 1;
    const seen = await countAfter(one, installation, undefined, copies);
    expectCount(seen, 1);
  },
  "count-2": async (one, installation) => {
    const keys = one.name.includes("other-project") ? [installation.p1.key, installation.p2.key] : [installation.p1.key, installation.p1.key];
    expectCount(await countAfter(one, installation, (at) => keys[at]), 2);
  },
  // Ids are compared as they are: no letter case is folded and nothing is trimmed (docs/datalyr.md).
  documented: async (one, installation) => expectCount(await countAfter(one, installation), 2),
  "stored-inert": async (one, installation) => {
    const answer = await send(one, installation);
    expect(answer.status === 200, `answered ${answer.status} ${answer.text.slice(0, 200)}`);
    expectInert(answer, "the answer");
    const body = JSON.parse(inputBytes(one.input, one.macros).toString("utf8"));
    const shown = new Set();
    for (const [path, parameters] of READS(body)) {
      const read = await installation.p1.read.ask(path, parameters);
      expect(read.status === 200, `GET ${path} answers ${read.status}`);
      expectInert(read, `GET ${path}`);
      for (const text of stringsIn(read.json)) shown.add(text);
    }
    const { event, userId, properties, context } = body;
    // What is in the context may have a column of its own, and another name.
    const wanted = [event, userId, ...stringsIn(properties), ...Object.values(context).filter((value) => typeof value === "string")];
    for (const text of wanted) expect(text === "" || shown.has(text), `no route shows ${JSON.stringify(text)}`);
    await expectHarmlessCsv(installation, body);
  },
  bounded: async (one, installation) => {
    const before = installation.hearth.residentBytes();
    const { count } = firstMacro(one.input);
    const perBatch = 1000;
    for (let from = 0; from < count; from += perBatch) {
      const events = Array.from({ length: perBatch }, (_, i) => ({
        workspace_id: "ws_2", event_id: `unique-${from + i}`, event_name: `name-${from + i}`, event_data: {}, visitor_id: "anon_bounded", source: "web", timestamp: new Date().toISOString(),
      }));
      const answer = await post(installation, Buffer.from(JSON.stringify({ events, batchId: "b", timestamp: new Date().toISOString() })), [["X-API-Key", installation.p2.key]]);
      expect(answer.status === 200 && answer.json.accepted === perBatch, `the batch at ${from} is answered ${answer.status} ${answer.text.slice(0, 100)}`);
    }
    const grownByStoring = installation.hearth.residentBytes() - before;
    const times = [];
    for (let round = 0; round < 10; round += 1) {
      for (const path of ["/track/events", "/track/totals", "/track/sessions", "/persons", "/conversions", "/revenue", "/persons/anonymous:nobody"]) {
        const answer = await installation.p2.read.ask(path);
        expectNoServerError(answer);
        if (path === "/track/totals") expect(answer.json.names.length <= 1000, `${answer.json.names.length} names`);
        times.push({ ms: answer.ms, path });
      }
    }
    times.sort((a, b) => a.ms - b.ms);
    const p95 = times[Math.floor(times.length * 0.95)];
    const grown = installation.hearth.residentBytes() - before;
    expect(grown < BOUNDED_MEMORY && p95.ms < BOUNDED_READ_MS, `memory grew by ${Math.round(grownByStoring / 2 ** 20)} MiB while storing and by ${Math.round(grown / 2 ** 20)} MiB in all; reads take ${Math.round(p95.ms)} ms at the 95th percentile (${p95.path})`);
  },
};

/** Everything that could show the event; one that is not there yet answers 404. */
const READS = ({ eventId, userId }) => [
  ["/track/events", { event_id: eventId }],
  ["/track/events", { person: `user:${userId}`, hidden: "true" }],
  ["/track/totals", {}],
  ["/track/sessions", {}],
  ["/persons", {}],
  [`/persons/${encodeURIComponent(`user:${userId}`)}`, {}],
  [`/persons/${encodeURIComponent(`user:${userId}`)}/timeline`, {}],
  [`/persons/${encodeURIComponent(`user:${userId}`)}/touches`, {}],
  ["/conversions", { person: `user:${userId}` }],
  ["/revenue", {}],
];

/** No cell that a spreadsheet would run: those begin with an apostrophe. */
const expectHarmlessCsv = async ({ p1 }, { eventId, event, userId }) => {
  const lists = [["/track/events", { event_id: eventId }], ["/persons", {}], ["/conversions", { person: `user:${userId}` }]];
  for (const [path, parameters] of lists) {
    const answer = await p1.read.ask(path, { ...parameters, format: "csv" });
    expect(answer.status === 200, `GET ${path} as CSV answers ${answer.status}`);
    expect(/^text\/csv\b/.test(answer.headers["content-type"] ?? ""), `CSV of ${path}: content type ${answer.headers["content-type"]}`);
    expect(answer.headers["x-content-type-options"] === "nosniff", `CSV of ${path}: no nosniff`);
    const cells = parseCsv(answer.text).flat();
    for (const cell of cells) expect(!/^[=+@\t\r]/.test(cell) && !/^-(?![\d.]+$)/.test(cell), `CSV of ${path}: a cell begins like a formula: ${JSON.stringify(cell.slice(0, 60))}`);
    if (path === "/track/events") expect(cells.some((cell) => cell === event || cell === `'${event}`), "the CSV has no cell with the name");
  }
};

/** RFC 4180. */
const parseCsv = (text) => {
  const rows = [[]];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (match[0] === "") break;
    rows.at(-1).push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
};

/** The log has no control character and nothing of the name of the event. */
const expectCleanLog = (one, hearth) => {
  const log = hearth.log();
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(log);
  expect(!control, `the log has the character ${control?.[0].codePointAt(0).toString(16)}`);
  const { event } = JSON.parse(inputBytes(one.input, one.macros).toString("utf8"));
  expect(!log.includes(event), "the log has the name of the event");
};

/** As many keys as an event may have, all with the same beginning, are no more work than other keys. */
const manyKeys = async (installation) => {
  const times = [];
  for (const prefix of ["a".repeat(64), ""]) {
    const properties = Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`${prefix}${n * 65_536}`, n]));
    const answer = await post(installation, Buffer.from(JSON.stringify({ event: "e", userId: "u", properties })));
    expect(answer.status === 200, `answered ${answer.status}`);
    times.push(answer.ms);
  }
  expect(Math.max(...times) < MANY_KEYS_MS, `took ${times.map(Math.round)} ms`);
};
