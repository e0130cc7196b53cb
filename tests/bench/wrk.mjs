import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Events in one POST of each payload. */
export const PAYLOAD_EVENTS = { a: 1, b: 50 };

const SCRIPTS = { a: "click.lua", b: "batch.lua" };

/** Loads /ingest with wrk for some seconds: see `load`. */
export function loadIngest(server, { payload, connections, seconds }) {
  const perThread = connections / threadsFor(connections);
  return load(server, { script: SCRIPTS[payload], connections, seconds, words: [String(perThread)] });
}

/** Loads /track with single events of apps: see `load`. */
export function loadTrack(server, { key, connections, seconds }) {
  return load(server, { script: "track.lua", connections, seconds, words: [key] });
}

/**
 * Loads a server with a wrk script for some seconds: `{postsPerS, p50Ms, p99Ms}`.
 *
 * One thread per 16 connections, at most two: it shares the machine with the server. A single refused or broken
 * request makes the figure worthless and is an error.
 */
async function load(server, { script, connections, seconds, words }) {
  const threads = threadsFor(connections);
  const args = ["-t", threads, "-c", connections, "-d", `${seconds}s`, "--timeout", "60s", "-s", script];
  const url = `http://127.0.0.1:${server.port}`;
  const { stdout } = await run("wrk", [...args.map(String), url, "--", ...words], {
    cwd: FOLDER,
    timeout: (seconds + 90) * 1000,
  });
  const line = /^RESULT (.*)$/m.exec(stdout);
  if (line === null) throw new Error(`wrk said: ${stdout.slice(-500)}`);
  const seen = JSON.parse(line[1]);
  if (seen.requests === 0 || seen.refused + seen.broken > 0) throw new Error(`load went wrong: ${line[1]}`);
  return {
    postsPerS: (seen.requests * 1e6) / seen.durationUs,
    p50Ms: seen.p50Us / 1000,
    p99Ms: seen.p99Us / 1000,
  };
}

function threadsFor(connections) {
  return connections >= 32 ? 2 : 1;
}
