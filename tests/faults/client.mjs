import { batchBody, projectKey, projectOf } from "./batches.mjs";
import { connectionPool, ingest } from "./http.mjs";
import { pause } from "./server.mjs";

/**
 * Sends new batches over `connections` connections until `stop()` says so or the server is gone.
 *
 * `next` hands out batch numbers. Resolves to the count of answers by status; a broken connection ends its worker.
 * `onAnswer(answer)` sees every answer.
 */
export async function load({ port, plan, history, connections, next, stop, onAnswer = () => {} }) {
  const agent = connectionPool(connections);
  const statuses = new Map();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!stop()) {
        const answer = await send({ port, plan, history, n: next(), agent }).catch(() => null);
        if (answer === null) return;
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        onAnswer(answer);
      }
    }),
  );
  agent.destroy();
  return statuses;
}

/**
 * Sends the given batches, byte for byte as before, until each has its 2xx or `limitMs` has passed.
 *
 * Resolves to `{refused, firstAt}`: the batches left without one, and when the first 2xx came (performance.now()).
 */
export async function resend({ port, plan, history, batches, connections, limitMs }) {
  const agent = connectionPool(connections);
  const deadline = performance.now() + limitMs;
  const left = [...batches];
  const refused = [];
  let firstAt = Infinity;
  await Promise.all(
    Array.from({ length: Math.min(connections, left.length) }, async () => {
      for (let n = left.shift(); n !== undefined; n = left.shift()) {
        if (await insist({ port, plan, history, n, agent, deadline })) firstAt = Math.min(firstAt, performance.now());
        else refused.push(n);
      }
    }),
  );
  agent.destroy();
  return { refused, firstAt };
}

async function insist({ deadline, ...one }) {
  while (performance.now() < deadline) {
    const answer = await send(one).catch(() => null);
    if (answer !== null && isSuccess(answer.status)) return true;
    await pause(2);
  }
  return false;
}

async function send({ port, plan, history, n, agent }) {
  const body = batchBody(plan, n);
  await history.sent(n);
  const answer = await ingest(port, projectKey(plan, projectOf(plan, n)), body, agent);
  if (isSuccess(answer.status)) history.acked(n, JSON.parse(answer.text).projectId);
  return answer;
}

/** Whether the status promises that the batch is kept. */
export function isSuccess(status) {
  return status >= 200 && status < 300;
}
