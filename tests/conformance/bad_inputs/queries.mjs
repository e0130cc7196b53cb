// Surface `dashboard_query`: hostile query strings on every route that reads, and reading across projects.
import { startHearth } from "../../lib/hearth.mjs";
import { OPEN_SETTINGS, post } from "./ingest.mjs";
import { HONEST_BATCH, inputBytes } from "./input.mjs";
import { PAGES, READ_ROUTES, fillRoute, read } from "./routes.mjs";
import { expect } from "./tally.mjs";
import { expectHealthy, expectInert, expectNoServerError } from "./watch.mjs";

/** How soon each answer must be there, in milliseconds. */
const ANSWER_WITHIN_MS = 1000;

/** A request target longer than this may be refused by closing the connection. */
const LONGEST_TARGET_BYTES = 64 * 1024;

/** What an error from the inside would say; the version of SQLite on the status route is no secret. */
const INSIDE = /sqlite_[a-z]+ error|sqlite(failure|error)|error code \d+: |syntax error|no such (table|column|function)|panicked|stack backtrace|\.rs:\d/i;

/** Runs the cases. */
export const runQueries = async (cases, tally) => {
  const hearth = await startHearth(OPEN_SETTINGS);
  const stored = await post(hearth, "queried", Buffer.from(JSON.stringify(BATCH)));
  expect(stored.status === 200, `the batch to be queried is answered ${stored.status}`);
  const ids = { project: stored.json.projectId, session: BATCH.session.id };
  const tenants = cases.some(isTenancy) ? await startTenants() : undefined;
  for (const one of cases) {
    await tally.run(one.name, async () => {
      if (isTenancy(one)) {
        await foreignRead(one, tenants);
        await expectHealthy(tenants.hearth);
      } else {
        for (const route of [...PAGES, ...READ_ROUTES]) await hostileRead(hearth, fillRoute(route, ids), one);
        await expectHealthy(hearth);
      }
    });
  }
  await tally.run("dashboard_query: stops in good order afterwards", async () => { await hearth.stop(); await tenants?.hearth.stop(); });
};

const BATCH = {
  session: { id: "queried" },
  events: [1, 2, 3].map((n) => ({ ...HONEST_BATCH.events[0], eventId: `e${n}`, ts: Date.now() - n, type: "click", x: n, y: n, path: `/p${n}` })),
};

/** One route with the hostile query: quick, ours to answer, and nothing of the inside or of the input in a page. */
const hostileRead = async (hearth, path, one) => {
  const query = inputBytes(one.input, one.macros);
  const target = Buffer.concat([Buffer.from(`${path}?`), query]);
  const answer = await read(hearth, target);
  if (answer.status === 0 && target.length > LONGEST_TARGET_BYTES) return;
  expect(answer.status !== 0, `GET ${path}: closed the connection without an answer`);
  expect(answer.status < 500, `GET ${path}: answered ${answer.status} ${answer.text.slice(0, 200)}`);
  expect(answer.ms < ANSWER_WITHIN_MS, `GET ${path}: took ${Math.round(answer.ms)} ms`);
  expect(!INSIDE.test(answer.text), `GET ${path}: talks about the inside: ${INSIDE.exec(answer.text)?.[0]}`);
  if (PAGES.includes(path)) expectNotEchoed(answer, query.toString("latin1"), path);
  else if (answer.text !== "" && target.length <= LONGEST_TARGET_BYTES) expectInert(answer, `GET ${path}`);
  if (answer.status === 200 && path.endsWith("/events")) expectExactMatches(answer.json.events, query.toString("latin1"), path);
};

/** A page repeats no value that could leave its place in the markup. */
const expectNotEchoed = (answer, query, path) => {
  for (const [, value] of new URLSearchParams(query)) {
    const dangerous = /[<>"']|^\s*(javascript|data):/i.test(value);
    expect(!dangerous || !answer.text.includes(value), `GET ${path}: repeats ${JSON.stringify(value)} unescaped`);
  }
};

/** A `path` filter finds rows with exactly that path or none. */
const expectExactMatches = (events, query, path) => {
  const wanted = /^path=([^&]*)$/.exec(query)?.[1];
  if (!wanted) return;
  const strangers = events.filter((event) => BATCH.events.some(({ path: own }) => own === event.path) && encodeURIComponent(event.path) !== wanted);
  expect(strangers.length === 0, `GET ${path}: a path that matches nothing finds ${strangers.length} rows`);
};

const isTenancy = (one) => one.class === "tenancy";

/** Two projects on a server whose reads are closed; the printed token belongs to the first. */
const startTenants = async () => {
  const hearth = await startHearth({ ...OPEN_SETTINGS, HEAT__OPEN_READS: false });
  const project = async (key, session) => {
    const answer = await post(hearth, key, Buffer.from(JSON.stringify({ ...HONEST_BATCH, session: { id: session } })));
    expect(answer.status === 200, `the batch under ${session} is answered ${answer.status}`);
    return { project: answer.json.projectId, session };
  };
  const a = await project(hearth.projectKey, "session-of-a");
  const b = await project("key-of-b", "session-of-b");
  return { hearth, a, b, token: hearth.readToken };
};

/** The token of project A reads A and nothing of B, on the route of the case and on every other, however it is shown. */
const foreignRead = async (one, { hearth, a, b, token }) => {
  const named = /^(\S+) with/.exec(one.input)?.[1] ?? "";
  const target = named.replace("PROJECT_B", encodeURIComponent(b.project)).replace("SESSION_OF_B", encodeURIComponent(b.session));
  expect(target.startsWith("/"), `this runner does not understand ${JSON.stringify(one.input)}`);
  const foreign = [target, ...READ_ROUTES.filter((route) => route.includes("{")).map((route) => fillRoute(route, b))];
  for (const path of foreign) {
    for (const answer of [await read(hearth, path, token), await read(hearth, `${path}?token=${token}`)]) {
      expect(one.status.includes(answer.status), `GET ${path} answers ${answer.status}`);
      expectNoServerError(answer);
    }
  }
  for (const route of READ_ROUTES.filter((name) => name.includes("{"))) {
    const answer = await read(hearth, fillRoute(route, a), token);
    expect(answer.status === 200, `the owner's GET ${route} answers ${answer.status}`);
  }
};
