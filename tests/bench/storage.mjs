import { startCollector, startHearth } from "./servers.mjs";
import { PAYLOAD_EVENTS, loadIngest } from "./wrk.mjs";

/** Bytes on disk per event of payload b, after a clean stop (the log is written back then). */
export async function measureStorage(options, figures) {
  const hearth = await bytesPerEvent(startHearth, "hearth", options, figures);
  const collector = await bytesPerEvent(startCollector, "collector", options, figures);
  figures.ratio("storage b bytes/event", hearth, collector);
}

async function bytesPerEvent(start, side, options, figures) {
  const server = await start(options, `storage-${side}`);
  await loadIngest(server, { payload: "b", connections: 16, seconds: options.seconds });
  const events = (await server.acceptedBatches()) * PAYLOAD_EVENTS.b;
  await server.stop();
  const bytes = server.bytesOnDisk / events;
  figures.add(`storage b ${side} events`, events);
  figures.add(`storage b ${side} bytes/event`, bytes);
  return bytes;
}
