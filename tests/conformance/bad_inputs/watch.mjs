// What must hold after every case, whatever was sent.
import { expect } from "./tally.mjs";

/** Answers 200 and runs on: the process lives, is ready, and has not panicked. */
export const expectHealthy = async (hearth) => {
  expect(hearth.isAlive(), `the process ended with ${hearth.exitCode()}: ${hearth.log().slice(-300)}`);
  const panic = /^.*panic.*$/im.exec(hearth.log());
  expect(!panic, `panic in the log: ${panic?.[0]}`);
  const ready = await fetch(`${hearth.base}/readyz`, { signal: AbortSignal.timeout(5000) });
  await ready.arrayBuffer();
  expect(ready.status === 200, `/readyz answers ${ready.status} afterwards`);
};

/** The server's own fault: never an acceptable answer, but for a 503 where the case allows one. */
export const expectNoServerError = (answer, { allow503 = false } = {}) =>
  expect(answer.status < 500 || (allow503 && answer.status === 503), `answered ${answer.status} ${answer.text.slice(0, 200)}`);

/** The answer cannot be taken for a page: JSON, or the plain text of a refused head, and browsers are told not to guess. */
export const expectInert = (answer, what) => {
  expect(/^(application\/(problem\+)?json|text\/plain)\b/.test(answer.headers["content-type"] ?? ""), `${what}: content type ${answer.headers["content-type"]}`);
  expect(answer.headers["x-content-type-options"] === "nosniff", `${what}: no nosniff`);
};
