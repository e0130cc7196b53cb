import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { median } from "./figures.mjs";
import { json, startHearth } from "./servers.mjs";

const RUNS = 9;
const DAY_MS = 86_400_000;

const run = promisify(execFile);

/**
 * Questions about recorded requests over a short and a long history: the answer may take longer by the buckets of time
 * that it covers, not by the number of requests.
 */
export async function measureTraffic(options, figures) {
  const times = {};
  const sizes = options["request-sizes"].split(",").map(Number);
  for (const size of sizes) {
    const filled = await fill(options, size);
    figures.add(`traffic ${label(size)} filling rows/s`, filled.rowsPerSecond);
    const server = await startHearth(options, `traffic-${size}`);
    figures.add(`traffic ${label(size)} file bytes/row`, server.bytesOnDisk / size);
    times[size] = {};
    for (const [name, path] of Object.entries(questions(filled))) {
      times[size][name] = await timed(server.port, path, filled.token);
      figures.add(`traffic ${label(size)} ${name} ms`, times[size][name]);
    }
    await server.stop();
  }
  const [small, large] = [times[sizes[0]], times[sizes.at(-1)]];
  for (const name of Object.keys(large)) {
    figures.ratio(`traffic ${name} ${label(sizes.at(-1))} to ${label(sizes[0])}`, large[name], small[name]);
  }
}

async function fill({ "traffic-fill": program, work }, size) {
  const { stdout } = await run(program, [join(work, `traffic-${size}.db`), String(size)]);
  return JSON.parse(stdout);
}

/** What pages ask for: all time, and for the overview also the last day and a range with odd edges. */
function questions({ project, endMs }) {
  const own = `/api/v1/projects/${project}/traffic`;
  const dashboard = "/traffic-dashboard/api";
  const route = encodeURIComponent("/section/7/:id");
  return {
    overview: `${dashboard}/overview?`,
    "overview of a day": `${dashboard}/overview?from=${endMs - DAY_MS}&to=${endMs}`,
    "overview of odd hours": `${dashboard}/overview?from=${endMs - 5.3 * DAY_MS}&to=${endMs - 0.77 * DAY_MS}`,
    routes: `${dashboard}/routes?`,
    "one route": `${own}/route?route=${route}`,
    users: `${dashboard}/users?`,
    errors: `${dashboard}/errors?`,
    live: `${dashboard}/live?`,
  };
}

/** The median time of one question in milliseconds; the first answer, which warms the page cache, does not count. */
async function timed(port, path, token) {
  const ask = () => json(port, `${path}&token=${token}`);
  await ask();
  const times = [];
  for (let i = 0; i < RUNS; i += 1) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

function label(size) {
  return size % 1e6 === 0 ? `${size / 1e6}M` : `${size / 1e3}k`;
}
