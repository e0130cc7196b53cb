import { startCollector, startHearth } from "./servers.mjs";
import { loadIngest } from "./wrk.mjs";

const CONNECTIONS = [1, 16, 64];
const SIDES = { hearth: startHearth, collector: startCollector };

/** Durable ingest of both payloads at 1, 16 and 64 connections, each side on a fresh file per payload. */
export async function measureIngest(options, figures) {
  for (const payload of ["a", "b"]) {
    const seen = {};
    for (const [side, start] of Object.entries(SIDES)) {
      seen[side] = await measureSide(start, side, payload, options, figures);
    }
    for (const connections of CONNECTIONS) {
      const { hearth, collector } = seen;
      const name = `ingest ${payload} ${connections} conn`;
      figures.ratio(`${name} posts/s`, hearth[connections].postsPerS, collector[connections].postsPerS);
      figures.ratio(`${name} p99`, hearth[connections].p99Ms, collector[connections].p99Ms);
    }
    figures.ratio(`ingest ${payload} peak RSS`, seen.hearth.peakRssMib, seen.collector.peakRssMib);
  }
}

async function measureSide(start, side, payload, options, figures) {
  const server = await start(options, `ingest-${payload}-${side}`);
  await loadIngest(server, { payload, connections: 16, seconds: 1 });
  const seen = {};
  for (const connections of CONNECTIONS) {
    seen[connections] = await loadIngest(server, { payload, connections, seconds: options.seconds });
    const name = `ingest ${payload} ${connections} conn ${side}`;
    figures.add(`${name} posts/s`, seen[connections].postsPerS);
    figures.add(`${name} p50 ms`, seen[connections].p50Ms);
    figures.add(`${name} p99 ms`, seen[connections].p99Ms);
  }
  seen.peakRssMib = server.peakRssMib;
  figures.add(`ingest ${payload} ${side} peak RSS MiB`, seen.peakRssMib);
  await server.stop();
  return seen;
}
