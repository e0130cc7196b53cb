import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../lib/port.mjs";
import { median } from "./figures.mjs";
import { BODIES, startNginxProxy, startUpstream } from "./nginx.mjs";
import { json, startHearth } from "./servers.mjs";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL(".", import.meta.url));

const CONNECTIONS = [1, 32, 64];

/** How long a server may go on working after its load, in ms, before the next side is measured anyway. */
const SETTLED_WITHIN_MS = 15_000;

/** What the upstream answers directly, through nginx, and through Hearth with recording on and off. */
export async function measureProxy(options, figures) {
  const upstream = await startUpstream(options);
  const nginx = await startNginxProxy(options, upstream);
  const recording = await startProxy(options, "proxy-on", upstream, {});
  const silent = await startProxy(options, "proxy-off", upstream, { HEARTH_TRAFFIC__RECORD: "false" });
  const sides = {
    direct: { port: upstream.port, server: upstream },
    nginx: { port: nginx.port, server: nginx },
    hearth: { port: recording.proxyPort, server: recording },
    "hearth-off": { port: silent.proxyPort, server: silent },
  };
  const table = [];
  for (const body of Object.keys(BODIES)) {
    for (const side of Object.values(sides)) {
      await expectBody(side.port, body);
      await load(side, { body, connections: 16, seconds: 1 });
    }
    for (const connections of CONNECTIONS) {
      const seen = await measureInTurns(sides, { body, connections }, options);
      table.push(...report(seen, `proxy ${body} ${connections} conn`, connections, figures));
    }
  }
  await reportRecords(recording, figures);
  figures.add("proxy hearth peak RSS MiB", recording.peakRssMib);
  figures.add("proxy hearth-off peak RSS MiB", silent.peakRssMib);
  printTable(table);
  for (const { server } of Object.values(sides).reverse()) await server.stop();
}

async function startProxy(options, name, upstream, settings) {
  const proxyPort = await freePort();
  const server = await startHearth(options, name, {
    HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`,
    HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${upstream.port}`,
    ...settings,
  });
  return Object.assign(server, { proxyPort });
}

/** Several short rounds, each side once in each: a slow moment of the machine hits all sides. */
async function measureInTurns(sides, what, { rounds, "round-seconds": seconds }) {
  const seen = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, side] of Object.entries(sides)) seen[name].push(await load(side, { ...what, seconds }));
  }
  return seen;
}

/**
 * Loads one side with wrk: `{perS, p50Ms, p99Ms}`; then waits until the server rests, so that what it still writes is
 * no burden of the next side. A single refused, broken or short answer makes the figure worthless and is an error.
 */
async function load({ port, server }, { body, connections, seconds }) {
  const threads = connections >= 32 ? 2 : 1;
  const args = ["-t", threads, "-c", connections, "-d", `${seconds}s`, "--timeout", "10s", "-s", "proxy.lua"];
  const { stdout } = await run("wrk", [...args.map(String), `http://127.0.0.1:${port}/${body}`], {
    cwd: FOLDER,
    timeout: (seconds + 60) * 1000,
  });
  const line = /^RESULT (.*)$/m.exec(stdout);
  if (line === null) throw new Error(`wrk said: ${stdout.slice(-500)}`);
  const seen = JSON.parse(line[1]);
  if (seen.requests === 0 || seen.refused + seen.broken > 0 || seen.bytes < seen.requests * BODIES[body]) {
    throw new Error(`load went wrong: ${line[1]}`);
  }
  await settle(server.child.pid);
  return { perS: (seen.requests * 1e6) / seen.durationUs, p50Ms: seen.p50Us / 1000, p99Ms: seen.p99Us / 1000 };
}

async function settle(pid) {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  let before = -1;
  for (let ticks = processorTicks(pid); ticks > before + 1 && performance.now() < deadline; ticks = processorTicks(pid)) {
    before = ticks;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Processor time of a process so far, in hundredths of a second. */
function processorTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Adds the figures of one load and gives its rows of the table. */
function report(seen, name, connections, figures) {
  const middle = (side, field) => median(seen[side].map((round) => round[field]));
  for (const side of Object.keys(seen)) {
    figures.add(`${name} ${side} requests/s`, middle(side, "perS"));
    figures.add(`${name} ${side} p50 ms`, middle(side, "p50Ms"));
    figures.add(`${name} ${side} p99 ms`, middle(side, "p99Ms"));
  }
  // Neighbours in time are compared, and the middle of that is taken.
  const ratio = (side, other) => median(seen[side].map((round, i) => round.perS / seen[other][i].perS));
  figures.add(`${name} hearth/nginx ratio`, ratio("hearth", "nginx"));
  figures.add(`${name} hearth-off/nginx ratio`, ratio("hearth-off", "nginx"));
  figures.add(`${name} cost of recording per cent`, 100 * (1 - ratio("hearth", "hearth-off")));
  if (connections === 1) {
    for (const side of ["nginx", "hearth", "hearth-off"]) {
      figures.add(`${name} ${side} added p50 ms`, middle(side, "p50Ms") - middle("direct", "p50Ms"));
    }
  }
  return Object.keys(seen).map((side) => ({
    load: name.replace("proxy ", ""),
    side,
    "requests/s": Math.round(middle(side, "perS")),
    "p50 ms": middle(side, "p50Ms").toFixed(3),
    "p99 ms": middle(side, "p99Ms").toFixed(3),
    "of nginx": ratio(side, "nginx").toFixed(2),
  }));
}

/** How many records were kept and how many dropped, as the status page tells. */
async function reportRecords(server, figures) {
  const token = /read token:\s*(hr_[\w-]+)/.exec(readFileSync(`${server.database}.log`, "utf8"));
  const { proxy } = await json(server.port, "/api/v1/status", { authorization: `Bearer ${token[1]}` });
  figures.add("proxy hearth records", proxy.recorded);
  figures.add("proxy hearth dropped records", proxy.dropped_queue_full + proxy.dropped_store);
}

function printTable(rows) {
  const columns = Object.keys(rows[0]);
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => String(row[name]).length)));
  const line = (cells) => cells.map((cell, i) => (i < 2 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join("  ");
  console.log(`\n${line(columns)}`);
  for (const row of rows) console.log(line(columns.map((name) => row[name])));
}

/** The body is what it should be before anything is measured. */
function expectBody(port, body) {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: `/${body}`, agent: false, timeout: 5000 }, (answer) => {
      let bytes = 0;
      answer.on("data", (part) => { bytes += part.length; });
      answer.once("end", () => {
        if (answer.statusCode === 200 && bytes === BODIES[body]) resolve();
        else reject(new Error(`/${body} answered ${answer.statusCode} with ${bytes} bytes`));
      });
      answer.once("error", reject);
    })
      .once("timeout", function late() { this.destroy(new Error(`/${body} did not answer`)); })
      .once("error", reject);
  });
}
