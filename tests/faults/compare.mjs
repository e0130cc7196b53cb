import { SLOTS, projectOf, rowTypes, sessionOf } from "./batches.mjs";
import { connectionPool, get } from "./http.mjs";
import { readHistory } from "./history.mjs";

const PAGE_ROWS = 1000;

/**
 * Compares a history file with what the public API says is stored, and nothing else.
 *
 * Resolves to counts of rows: `acked` (owed), `stored`, `lost` (owed and not there), `duplicated` (there more than
 * once), `foreign` (there, but never sent, or under another type or session), and of batches: `torn` (not
 * acknowledged and there in part: a batch is all or nothing).
 */
export async function compare({ port, plan, historyPath, connections = 4 }) {
  const { sent, acked, projectIds } = readHistory(historyPath, (n) => projectOf(plan, n));
  const agent = connectionPool(connections);
  const counts = new Map();
  const result = { acked: 0, stored: 0, lost: 0, duplicated: 0, foreign: 0, torn: 0 };
  const types = new Map([...sent].map((n) => [n, rowTypes(plan, n)]));

  await Promise.all(
    [...projectIds].map(async ([project, projectId]) => {
      for await (const row of rows(port, projectId, plan.baseMs, agent)) {
        result.stored += 1;
        const n = Math.floor((row.ts - plan.baseMs) / SLOTS);
        const slot = (row.ts - plan.baseMs) % SLOTS;
        const known = types.get(n)?.[slot] === row.type && row.sessionId === sessionOf(plan, n);
        if (!known || projectOf(plan, n) !== project) {
          result.foreign += 1;
          continue;
        }
        const seen = counts.get(n) ?? new Uint8Array(SLOTS);
        seen[slot] += 1;
        if (seen[slot] === 2) result.duplicated += 1;
        counts.set(n, seen);
      }
    }),
  );
  agent.destroy();

  for (const [n, expected] of types) {
    const seen = counts.get(n);
    const there = expected.filter((_, slot) => seen?.[slot] > 0).length;
    if (acked.has(n)) {
      result.acked += expected.length;
      result.lost += expected.length - there;
    } else if (there > 0 && there < expected.length) {
      result.torn += 1;
    }
  }
  return result;
}

/** Counts one comparison as one check. */
export function checkComparison(tally, name, seen) {
  const clean = seen.lost + seen.duplicated + seen.foreign + seen.torn === 0;
  return tally.check(name, clean && seen.acked > 0, JSON.stringify(seen));
}

/**
 * All rows of a project in time order.
 *
 * Pages by time, not by offset, so that the last page costs what the first one did; the rows at the seam come twice and
 * are known by their id.
 */
async function* rows(port, projectId, fromMs, agent) {
  let from = fromMs;
  let seam = new Set();
  for (;;) {
    const path = `/api/projects/${encodeURIComponent(projectId)}/events?from=${from}&limit=${PAGE_ROWS}`;
    const answer = await get(port, path, agent);
    if (answer.status !== 200) throw new Error(`events answered ${answer.status}: ${answer.text.slice(0, 200)}`);
    const { events } = JSON.parse(answer.text);
    const fresh = events.filter((row) => !seam.has(row.id));
    yield* fresh;
    if (events.length < PAGE_ROWS || fresh.length === 0) return;
    from = events.at(-1).ts;
    seam = new Set(events.filter((row) => row.ts === from).map((row) => row.id));
  }
}
