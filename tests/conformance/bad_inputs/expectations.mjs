// What each `expect` word of an ingest case means, as a check of `{one, hearth, key, memoryBefore}`.
import { startHearth } from "../../lib/hearth.mjs";
import { hostileTexts, secretForms, stringsIn } from "./hostile_texts.mjs";
import { OPEN_SETTINGS, post, sendCase } from "./ingest.mjs";
import { HONEST_BATCH, firstMacro, inputBytes } from "./input.mjs";
import { READ_ROUTES, fillRoute, read } from "./routes.mjs";
import { expect } from "./tally.mjs";
import { expectInert, expectNoServerError } from "./watch.mjs";

/** Memory that 200,000 distinct paths may cost, in bytes. */
const BOUNDED_MEMORY = 64 * 1024 * 1024;

/** How fast the reads must stay over them: the 95th percentile, in milliseconds. */
const BOUNDED_READ_MS = 500;

/** Accepted, kept letter by letter, and handed out as data only. */
const storedInert = async (context) => {
  const answer = await sendCase(context);
  expect(answer.status === 200, `answered ${answer.status} ${answer.text.slice(0, 200)}`);
  expectInert(answer, "the ingest answer");
  const batch = JSON.parse(inputBytes(context.one.input, context.one.macros).toString("utf8"));
  const { kept, dropped, rows } = hostileTexts(batch);
  const shown = new Set();
  const ids = { project: answer.json.projectId, session: batch.session.id };
  for (const route of READ_ROUTES) {
    const target = fillRoute(route, ids);
    const read_ = await read(context.hearth, target);
    expect(read_.status === 200, `GET ${target} answers ${read_.status}`);
    expectInert(read_, `GET ${target}`);
    if (/events$/.test(route)) expect(read_.json.events.length === rows, `GET ${target} shows ${read_.json.events.length} rows instead of ${rows}`);
    // What other cases left behind under the same session id must not count.
    if (route !== "/api/v1/projects" && route !== "/api/sessions/{session}") for (const text of stringsIn(read_.json)) shown.add(text);
  }
  for (const text of kept) expect(shown.has(text), `no route shows ${JSON.stringify(text)}`);
  for (const text of dropped) expect(!shown.has(text), `a route shows ${JSON.stringify(text)}, which must not be kept`);
};

/** Refused as the sender's fault. */
const reject4xx = async (context) => {
  const { status } = await sendCase(context);
  expect(status >= 400 && status < 500, `answered ${status}`);
};

/** Anything but a fault of our own; `sendCase` checks that. */
const no5xx = async (context) => { await sendCase(context); };

/** One of the listed statuses. */
const status = async (context) => {
  const answer = await sendCase(context);
  expect(context.one.status.includes(answer.status), `answered ${answer.status}, not one of ${context.one.status}`);
};

/** Stored once, however often the batch repeats itself. */
const countOne = async (context) => {
  const answer = await sendCase(context);
  expect(answer.status === 200, `answered ${answer.status}`);
  const { json } = await read(context.hearth, fillRoute(READ_ROUTES[1], { project: answer.json.projectId }));
  expect(json.events.length === 1, `${json.events.length} rows`);
};

/** What one project sends leaves another's session alone. */
const isolated = async (context) => {
  const { hearth, key } = context;
  const owner = await post(hearth, `${key}-owner`, Buffer.from(JSON.stringify(HONEST_BATCH)));
  expect(owner.status === 200, `the owner's batch is answered ${owner.status}`);
  const routes = READ_ROUTES.filter((route) => route.includes("{project}"));
  const view = () => Promise.all(routes.map(async (route) => (await read(hearth, fillRoute(route, { project: owner.json.projectId, session: "s1" }))).json));
  const withoutIds = (views) => JSON.stringify(views, (name, value) => (name === "requestId" ? undefined : value));
  const before = withoutIds(await view());
  const intruder = await sendCase(context);
  expect(intruder.status === 200, `the other project's batch is answered ${intruder.status}`);
  expect(withoutIds(await view()) === before, "the owner's project reads differently afterwards");
};

/** Answered 2xx, and nothing of it kept. */
const notStored = async (context) => {
  const answer = await sendCase(context);
  expect(answer.status >= 200 && answer.status < 300, `answered ${answer.status}`);
  const project = answer.json?.projectId;
  if (project === undefined) return;
  for (const route of READ_ROUTES.filter((name) => /projects\/\{project\}\/(events|sessions)$/.test(name))) {
    const { status: code, json } = await read(context.hearth, fillRoute(route, { project }));
    const rows = json?.events ?? json?.sessions ?? [];
    expect(code === 404 || rows.length === 0, `GET ${route} shows ${rows.length} rows`);
  }
};

/** Many distinct values cost little memory, and the reads stay quick. */
const bounded = async ({ one, hearth, key, memoryBefore }) => {
  const { count } = firstMacro(one.input);
  const perBatch = 1000;
  const now = Date.now();
  let project;
  for (let from = 0; from < count; from += perBatch) {
    const events = Array.from({ length: Math.min(perBatch, count - from) }, (_, i) => ({
      ...HONEST_BATCH.events[0], eventId: `unique-${from + i}`, ts: now - count + from + i, path: `/u/${from + i}`, type: "click", x: 1, y: 1,
    }));
    const answer = await post(hearth, key, Buffer.from(JSON.stringify({ session: { id: "unique" }, events })));
    expect(answer.status === 200, `batch at ${from} is answered ${answer.status}`);
    project = answer.json.projectId;
  }
  const grownByStoring = mebibytes(hearth.residentBytes() - memoryBefore);
  const times = [];
  for (let round = 0; round < 10; round += 1) {
    for (const route of READ_ROUTES) {
      const answer = await read(hearth, fillRoute(route, { project, session: "unique" }));
      expectNoServerError(answer);
      times.push({ ms: answer.ms, route });
    }
  }
  times.sort((a, b) => a.ms - b.ms);
  const p95 = times[Math.floor(times.length * 0.95)];
  const grown = hearth.residentBytes() - memoryBefore;
  expect(grown < BOUNDED_MEMORY && p95.ms < BOUNDED_READ_MS,
    `memory grew by ${grownByStoring} MiB while storing and by ${mebibytes(grown)} MiB in all; reads take ${Math.round(p95.ms)} ms at the 95th percentile (${p95.route})`);
};

const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);

/** The visitor's address is nowhere: not in the database, its log files or the program's log, in no usual form. */
const secretAbsent = async ({ one }) => {
  const address = /\d+\.\d+\.\d+\.\d+/.exec(one.input)[0];
  for (const trusted of ["", "127.0.0.1"]) {
    const hearth = await startHearth({ ...OPEN_SETTINGS, SERVER__TRUSTED_PROXIES: trusted, LOG__LEVEL: "debug", LOG__ACCESS: true });
    for (const [key, body] of [["canary", JSON.stringify(HONEST_BATCH)], ["canary", "{"], ["", "{}"]]) {
      expectNoServerError(await post(hearth, key, Buffer.from(body), [["X-Forwarded-For", address]]));
    }
    const hit = () => hearth.filesOnDisk().flatMap(({ name, bytes }) => secretForms(address).filter(([, form]) => bytes.includes(form)).map(([kind]) => `${kind} in ${name}`))[0];
    expect(!hit(), `the address is there as ${hit()}`);
    await hearth.stop();
    expect(!hit(), `after the stop the address is there as ${hit()}`);
  }
};

/** Every word that a case may expect. */
export const EXPECTATIONS = {
  "stored-inert": storedInert, "reject-4xx": reject4xx, "no-5xx": no5xx, status, "count-1": countOne,
  isolated, "not-stored": notStored, bounded, "secret-absent": secretAbsent,
};
