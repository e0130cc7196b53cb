// Surface `ingest`: hostile batches, keys, encodings and privacy signals on POST /ingest.
import { startHearth } from "../../lib/hearth.mjs";
import { sendRaw } from "../../lib/raw_http.mjs";
import { EXPECTATIONS } from "./expectations.mjs";
import { HONEST_BATCH, inputBytes } from "./input.mjs";
import { expect, fail } from "./tally.mjs";
import { expectHealthy, expectNoServerError } from "./watch.mjs";

/** Memory that unpacking may cost, in bytes: the bombs inflate to a thousand times that. */
const BOMB_MEMORY = 16 * 1024 * 1024;

/** Processor time that a refused bomb may cost, in milliseconds. */
const BOMB_PROCESSOR_MS = 200;

/** Hearth's defaults, but projects come into being by being named, anybody reads, and nothing is rate limited. */
export const OPEN_SETTINGS = {
  HEAT__AUTO_CREATE_PROJECTS: true,
  HEAT__OPEN_READS: true,
  HEAT__MAX_PROJECTS: 100_000,
  HEAT__RATE_LIMIT__MAX: 1_000_000,
  HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: 1_000_000,
};

const HONEST_BYTES = Buffer.from(JSON.stringify(HONEST_BATCH));

/** Runs the cases; each has a project of its own. */
export const runIngest = async (cases, tally) => {
  const open = await startHearth(OPEN_SETTINGS);
  const closed = await startHearth({ HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: 1_000_000 });
  for (const [number, one] of cases.entries()) {
    const hearth = one.class === "auth" ? closed : open;
    await tally.run(one.name, async () => {
      const memoryBefore = hearth.residentBytes();
      const processorBefore = hearth.processorMs();
      const context = { one, hearth, key: `bad-input-${number}`, memoryBefore };
      await (EXPECTATIONS[one.expect] ?? (() => fail(`unknown expectation ${one.expect}`)))(context);
      if (isBomb(one)) {
        const grown = hearth.residentBytes() - memoryBefore;
        const used = hearth.processorMs() - processorBefore;
        expect(grown < BOMB_MEMORY, `memory grew by ${Math.round(grown / 2 ** 20)} MiB`);
        expect(used <= BOMB_PROCESSOR_MS, `used ${used} ms of processor time`);
      }
      await expectHealthy(hearth);
    });
  }
  await tally.run("ingest: stops in good order afterwards", async () => { await open.stop(); await closed.stop(); });
};

/** Sends the case as it is written down and returns the answer; a 5xx ends the case. */
export const sendCase = async ({ one, hearth, key }) => {
  const bytes = inputBytes(one.input, one.macros);
  const answer = one.class === "auth" ? await sendKeyLine(hearth, bytes) : await post(hearth, key, bytes, headersOf(one));
  expect(answer.status !== 0, "closed the connection without an answer");
  expectNoServerError(answer);
  return answer;
};

/** Posts `body` (bytes) under a project key; `headers` replace the usual ones of the same name. */
export const post = (hearth, key, body, headers = []) => {
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual = [["X-Project-Key", key], ["Content-Type", "application/json"]].filter(([name]) => !named.has(name.toLowerCase()));
  return sendRaw({ port: hearth.port, method: "POST", target: "/ingest", headers: [...usual, ...headers], body });
};

/** A case of class `auth` is the header line itself, around an honest batch. */
const sendKeyLine = (hearth, line) => {
  const colon = line.indexOf(":");
  const header = [line.subarray(0, colon).toString("latin1"), line.subarray(colon + 2)];
  return sendRaw({ port: hearth.port, method: "POST", target: "/ingest", headers: [header, ["Content-Type", "application/json"]], body: HONEST_BYTES });
};

const headersOf = (one) => (one.headers ?? []).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);

const isBomb = (one) => /<<(GZIP|ZSTD) \d{9,} /.test(one.input);
