import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { median } from "./figures.mjs";
import { json, startHearth } from "./servers.mjs";
import { loadIngest, loadTrack } from "./wrk.mjs";

const CONNECTIONS = [1, 16, 64];
/** Questions of each kind, each about another person. */
const QUESTIONS = 101;

const run = promisify(execFile);

/** Events of apps: how fast they are taken beside clicks of browsers, and how fast persons are found among many. */
export async function measureTrack(options, figures) {
  await measureTaking(options, figures);
  await measureFinding(options, figures);
}

/**
 * Single-event POSTs with identity and attribution, as a share of single clicks at /ingest. Both go to the same process
 * in turns, so that a slow moment of the machine, and a growing file, hit both.
 */
async function measureTaking(options, figures) {
  const server = await startHearth(options, "track", { HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000" });
  const key = await makeKey(options, server);
  await loadIngest(server, { payload: "a", connections: 16, seconds: 1 });
  await loadTrack(server, { key, connections: 16, seconds: 1 });
  for (const connections of CONNECTIONS) {
    const seen = { ingest: [], track: [] };
    for (let round = 0; round < options.rounds; round += 1) {
      const seconds = options["round-seconds"];
      seen.ingest.push(await loadIngest(server, { payload: "a", connections, seconds }));
      seen.track.push(await loadTrack(server, { key, connections, seconds }));
    }
    const middle = (side, what) => median(seen[side].map((round) => round[what]));
    for (const side of Object.keys(seen)) {
      figures.add(`track ${connections} conn ${side} posts/s`, middle(side, "postsPerS"));
      figures.add(`track ${connections} conn ${side} p99 ms`, middle(side, "p99Ms"));
    }
    figures.ratio(`track ${connections} conn posts/s to ingest`, middle("track", "postsPerS"), middle("ingest", "postsPerS"));
    figures.ratio(`track ${connections} conn p99 to ingest`, middle("track", "p99Ms"), middle("ingest", "p99Ms"));
  }
  figures.add("track peak RSS MiB", server.peakRssMib);
  await server.stop();
}

/** A key for a project of its own. */
async function makeKey({ binary }, server) {
  // Hearth would take HEARTH_BIN for a key of its configuration.
  const env = { ...process.env, HEARTH_BIN: undefined };
  await run(binary, ["project", "add", "apps", "--data", server.database], { env });
  const words = ["key", "create", "--sdk", "datalyr", "--project", "apps", "--data", server.database];
  const { stdout } = await run(binary, words, { env });
  return stdout.trim();
}

/** Looking persons up, and their pages, among few and among many: the answers may hardly take longer. */
async function measureFinding(options, figures) {
  const sizes = options["person-sizes"].split(",").map(Number);
  const times = {};
  for (const size of sizes) {
    const filled = await fill(options, size);
    figures.add(`track ${label(size)} persons filling events/s`, filled.eventsPerSecond);
    const server = await startHearth(options, `persons-${size}`);
    figures.add(`track ${label(size)} persons file bytes/event`, server.bytesOnDisk / filled.events);
    times[size] = {};
    for (const [name, path] of Object.entries(questions(filled))) {
      times[size][name] = await timed(server.port, size, path, filled.token);
      figures.add(`track ${label(size)} persons ${name} ms`, times[size][name]);
    }
    await server.stop();
  }
  const [small, large] = [times[sizes[0]], times[sizes.at(-1)]];
  for (const name of Object.keys(large)) {
    figures.ratio(`track ${name} ${label(sizes.at(-1))} to ${label(sizes[0])} persons`, large[name], small[name]);
  }
}

async function fill({ "track-fill": program, work }, size) {
  const { stdout } = await run(program, [join(work, `persons-${size}.db`), String(size)]);
  return JSON.parse(stdout);
}

/** What is asked about person n. */
function questions({ project }) {
  const persons = `/api/v1/projects/${project}/persons`;
  return {
    "by user": (n) => `${persons}/user:user_${n}`,
    "by anonymous id": (n) => `${persons}/anonymous:anon_${n}-1`,
    "by external id": (n) => `${persons}/external:revenuecat:rc_${n}`,
    "by e-mail": (n) => `${persons}/email:person${n}@mail.example`,
    timeline: (n) => `${persons}/user:user_${n}/timeline`,
    touches: (n) => `${persons}/user:user_${n}/touches`,
    "page of persons": () => persons,
  };
}

/** The median time of one question in milliseconds; the first answers, which warm the page cache, do not count. */
async function timed(port, size, path, token) {
  const times = [];
  for (let i = 0; i < QUESTIONS + 10; i += 1) {
    const person = (i * 7919) % size;
    const startedAt = performance.now();
    await json(port, path(person), { authorization: `Bearer ${token}` });
    if (i >= 10) times.push(performance.now() - startedAt);
  }
  return median(times);
}

function label(size) {
  return size % 1e6 === 0 ? `${size / 1e6}M` : `${size / 1e3}k`;
}
