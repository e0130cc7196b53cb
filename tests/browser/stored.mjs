// What Hearth shows of a visit, and what it ought to show.
import assert from "node:assert/strict";
import { until } from "../lib/until.mjs";

/** How long the SDK may need to deliver: its backoff doubles from one second. */
const DELIVERED_WITHIN_MS = 30_000;

/** Reads one route with the read token of the installation's project. */
export const readApi = async (hearth, path) => readAnswer(await askApi(hearth, path), path);

const askApi = (hearth, path) => fetch(`${hearth.base}${path}`, { headers: { authorization: `Bearer ${hearth.readToken}` } });

const readAnswer = async (answer, path) => {
  const text = await answer.text();
  assert.equal(answer.status, 200, `GET ${path}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
};

/** The public id of the project behind the printed key, which the answer to a batch names; the batch has a session of its own. */
export const projectId = async (hearth) => {
  const batch = {
    session: { id: "who-am-i" },
    events: [{ type: "custom", name: "who-am-i", eventId: "who-am-i", sessionId: "who-am-i", ts: 1, path: "/", viewport: { w: 1, h: 1 }, device: {} }],
  };
  const answer = await fetch(`${hearth.base}/ingest`, {
    method: "POST", headers: { "content-type": "application/json", "x-project-key": hearth.projectKey }, body: JSON.stringify(batch),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.projectId;
};

/** All rows of a session, in order of time; none for a session of which nothing was kept, which a token does not find. */
export const storedRows = async (hearth, visit) => {
  const path = `/api/sessions/${visit.sessionId()}?limit=500`;
  const answer = await askApi(hearth, path);
  return answer.status === 404 ? [] : (await readAnswer(answer, path)).events;
};

/** Waits until Hearth shows every row of what the SDK has sent, and checks that it shows nothing twice and nothing else. */
export const expectStoredOnce = async (hearth, visit) => {
  const wanted = visit.sentEvents().flatMap(rowsOf).map(asText).sort();
  const found = async () => (await storedRows(hearth, visit)).map(comparable).map(asText).sort();
  await until("everything that was sent is stored", async () => (await found()).length >= wanted.length, { withinMs: DELIVERED_WITHIN_MS }).catch(() => {});
  assert.deepEqual(await found(), wanted);
};

/** The rows that an event becomes (heat-collector.md 4.6). */
const rowsOf = (event) => {
  const row = { type: event.type, ts: event.ts, path: event.path, selector: null, x: null, y: null, scrollDepth: null };
  switch (event.type) {
    case "click": return [{ ...row, selector: event.selector, x: Math.round(event.x), y: Math.round(event.y) }];
    case "move": return event.points.map((point) => ({ ...row, ts: event.ts + point.tsOffset, x: Math.round(point.x), y: Math.round(point.y) }));
    case "scroll": return [{ ...row, scrollDepth: Math.round(event.scrollDepthPct) }];
    case "input": return [{ ...row, selector: event.selector }];
    default: return [row];
  }
};

const comparable = ({ type, ts, path, selector, x, y, scrollDepth }) => ({ type, ts, path, selector, x, y, scrollDepth });

const asText = (row) => JSON.stringify(row);
