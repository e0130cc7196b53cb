import { HOT_PATH } from "./clicks.mjs";
import { median } from "./figures.mjs";
import { seedByIngest, seedCollectorFile } from "./seed.mjs";
import { json, startCollector, startHearth } from "./servers.mjs";

const RUNS = 5;
const RESOLUTION = 128;

/** The two questions: one page (a quarter of the points), and the whole site. */
const QUERIES = {
  "one path": { query: `path=${encodeURIComponent(HOT_PATH)}`, share: 1 / 4 },
  "all paths": { query: "", share: 1 },
};

/** Heatmap queries over growing histories; the answers of both sides over the same clicks are compared, too. */
export async function measureHeatmap(options, figures) {
  const hearth = await measureHearth(options, sizesOf(options.sizes), figures);
  const collector = await measureCollector(options, sizesOf(options["peer-sizes"]), figures);

  const sizes = Object.keys(hearth).map(Number);
  for (const query of Object.keys(QUERIES)) {
    for (const size of sizes.filter((size) => collector[size])) {
      const [ours, theirs] = [hearth[size][query], collector[size][query]];
      figures.ratio(`heatmap ${label(size)} ${query} time`, ours.ms, theirs.ms);
      const equal = ours.answer === theirs.answer;
      figures.add(`heatmap ${label(size)} ${query} answers equal`, equal ? "yes" : "NO");
      if (!equal) process.exitCode = 1;
    }
    const [small, large] = [hearth[1e6], hearth[1e7]];
    if (small && large) {
      figures.ratio(`heatmap ${query} ns/point 10M to 1M`, large[query].nsPerPoint, small[query].nsPerPoint);
    }
  }
  const common = sizes.filter((size) => collector[size]).at(-1);
  if (common) figures.ratio(`heatmap ${label(common)} peak RSS`, hearth[common].peakRssMib, collector[common].peakRssMib);
}

async function measureHearth(options, sizes, figures) {
  const seen = {};
  let seeded = 0;
  for (const size of sizes) {
    let server = await startHearth(options, "heatmap-hearth", { HEARTH_HEAT__MAX_EVENTS: "10000" });
    const startedAt = performance.now();
    const projectId = await seedByIngest(server.port, seeded, size);
    figures.add(`heatmap seeding to ${label(size)} hearth events/s`, ((size - seeded) * 1000) / (performance.now() - startedAt));
    seeded = size;
    // Started anew, so that the memory is that of the queries.
    await server.stop();
    server = await startHearth(options, "heatmap-hearth");
    seen[size] = await ask(server, "hearth", projectId, size, figures);
    await server.stop();
  }
  return seen;
}

async function measureCollector(options, sizes, figures) {
  const seen = {};
  let seeded = 0;
  for (const size of sizes) {
    // The first start makes the tables.
    const empty = await startCollector(options, "heatmap-collector");
    await empty.stop();
    const projectId = seedCollectorFile(empty.database, seeded, size);
    seeded = size;
    const server = await startCollector(options, "heatmap-collector");
    seen[size] = await ask(server, "collector", projectId, size, figures);
    await server.stop();
  }
  return seen;
}

async function ask(server, side, projectId, size, figures) {
  const seen = {};
  for (const [name, { query, share }] of Object.entries(QUERIES)) {
    const path = `/api/projects/${encodeURIComponent(projectId)}/heatmap?resolution=${RESOLUTION}&${query}`;
    const times = [];
    let answer;
    for (let run = 0; run < RUNS; run += 1) {
      const startedAt = performance.now();
      answer = await json(server.port, path);
      times.push(performance.now() - startedAt);
    }
    const matching = size * share;
    if (answer.meta.total !== matching) throw new Error(`${side}: ${answer.meta.total} of ${matching} clicks found`);
    const ms = median(times);
    seen[name] = { ms, nsPerPoint: (ms * 1e6) / matching, answer: fingerprint(answer) };
    figures.add(`heatmap ${label(size)} ${name} ${side} ms`, ms);
    figures.add(`heatmap ${label(size)} ${name} ${side} ns/point`, seen[name].nsPerPoint);
  }
  seen.peakRssMib = server.peakRssMib;
  figures.add(`heatmap ${label(size)} ${side} peak RSS MiB`, seen.peakRssMib);
  return seen;
}

/** The whole answer as text, cells in one order. */
function fingerprint({ points, meta }) {
  const cells = points.map(({ x, y, value }) => `${x},${y},${value}`).sort();
  const { resolution, viewport, renderHeight, total, plotted, requestedType, resolvedType, bucket } = meta;
  return JSON.stringify([cells, resolution, viewport, renderHeight, total, plotted, requestedType, resolvedType, bucket]);
}

function sizesOf(text) {
  return text
    .split(",")
    .filter((size) => size !== "")
    .map(Number)
    .sort((a, b) => a - b);
}

function label(size) {
  return size >= 1e6 ? `${size / 1e6}M` : `${size / 1000}k`;
}
