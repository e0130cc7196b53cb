import { startHearth } from "./servers.mjs";
import { loadIngest } from "./wrk.mjs";

const CONNECTIONS = 64;
/** Each side is measured in turns, so that a slow moment of the machine hits both. */
const ROUNDS = 2;

/** How near durable ingest comes to the same server with its storage off (parse, validate, answer). */
export async function measureLimit(options, figures) {
  for (const payload of ["a", "b"]) {
    const rates = { off: [], durable: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.off.push(await rate(options, payload, `off-${round}`, { HEARTH_STORAGE__DISCARD: "true" }));
      rates.durable.push(await rate(options, payload, `durable-${round}`, {}));
    }
    const [off, durable] = [mean(rates.off), mean(rates.durable)];
    figures.add(`limit ${payload} storage off posts/s`, off);
    figures.add(`limit ${payload} durable posts/s`, durable);
    figures.add(`limit ${payload} durable share per cent`, (100 * durable) / off);
  }
}

async function rate(options, payload, name, settings) {
  const server = await startHearth(options, `limit-${payload}-${name}`, settings);
  await loadIngest(server, { payload, connections: CONNECTIONS, seconds: 1 });
  const { postsPerS } = await loadIngest(server, { payload, connections: CONNECTIONS, seconds: options.seconds });
  await server.stop();
  return postsPerS;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
