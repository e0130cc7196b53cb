import { median } from "./figures.mjs";
import { startCollector, startHearth } from "./servers.mjs";

const STARTS = 10;

/** Start of the process to its first 200, on a file that does not exist yet. */
export async function measureStartup(options, figures) {
  const hearth = await medianStart(startHearth, "hearth", options, figures);
  const collector = await medianStart(startCollector, "collector", options, figures);
  figures.ratio("startup", hearth, collector);
}

async function medianStart(start, side, options, figures) {
  const times = [];
  const idleRss = [];
  for (let i = 0; i < STARTS; i += 1) {
    const server = await start(options, `startup-${side}-${i}`);
    times.push(server.startMs);
    idleRss.push(server.peakRssMib);
    await server.stop();
  }
  figures.add(`startup ${side} ms`, median(times));
  figures.add(`startup ${side} worst ms`, Math.max(...times));
  figures.add(`startup ${side} peak RSS MiB`, median(idleRss));
  return median(times);
}
