import { batchBody, makePlan, projectKey, projectOf } from "./batches.mjs";
import { connectionPool, ingest } from "./http.mjs";
import { statSync } from "node:fs";

/** Bytes of each event that repeat nowhere, so that files become large fast. */
const PAD_BYTES = 1_500;

/** Fills a running server until the database and its log have so many MiB; answers how many batches that took. */
export async function fill(server, mib, label = "fill") {
  const plan = makePlan({ label, baseMs: Date.now() - 3_600_000, bigPercent: 100, padBytes: PAD_BYTES });
  const agent = connectionPool(8);
  const size = () => ["", "-wal"].reduce((sum, end) => sum + (statSync(server.database + end, { throwIfNoEntry: false })?.size ?? 0), 0);
  let n = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (size() < mib * 1024 * 1024) {
        const own = n++;
        const answer = await ingest(server.port, projectKey(plan, projectOf(plan, own)), batchBody(plan, own), agent);
        if (answer.status >= 300 && answer.status !== 429 && answer.status !== 503) throw new Error(`filling: ${answer.status}`);
      }
    }),
  );
  agent.destroy();
  return n;
}

/** The value that so great a part of all does not exceed. */
export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
