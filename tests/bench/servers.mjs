import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync, statSync } from "node:fs";
import { get } from "node:http";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../lib/port.mjs";

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 60_000;

/** No limit in the way of the load; everything else is the default, the durable writes above all. */
const HEARTH_SETTINGS = {
  HEARTH_STORAGE__MIN_FREE: "0",
  HEARTH_HEAT__OPEN_READS: "true",
  HEARTH_HEAT__AUTO_CREATE_PROJECTS: "true",
  HEARTH_HEAT__RATE_LIMIT__MAX: "1000000000",
  HEARTH_HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: "1000000000",
  HEARTH_LOG__LEVEL: "warn",
};

const running = new Set();

/** Ends what an interrupted benchmark left. */
export async function stopAll() {
  await Promise.all([...running].map((server) => server.stop("SIGKILL")));
}

process.on("exit", () => running.forEach((server) => server.child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/** Starts Hearth on a database of this name in the working directory; `extra` are settings over the usual ones. */
export async function startHearth({ binary, work }, name, extra = {}) {
  const port = await freePort();
  const database = join(work, `${name}.db`);
  const environment = {
    ...HEARTH_SETTINGS,
    HEARTH_SERVER__LISTEN: `127.0.0.1:${port}`,
    HEARTH_STORAGE__PATH: database,
    ...extra,
  };
  return startServer([binary, "serve"], { port, database, environment, work, readyPath: "/readyz" });
}

/** Starts heat-collector on a file of this name, in its own process as in its README. */
export async function startCollector({ work, "peer-journal": journal = "delete" }, name) {
  const port = await freePort();
  const database = join(work, `${name}.db`);
  const script = fileURLToPath(new URL("./collector.mjs", import.meta.url));
  const command = [process.execPath, script, String(port), database, journal];
  // It has no readiness route; the metrics are the cheapest one that needs all of it.
  return startServer(command, { port, database, environment: {}, work, readyPath: "/api/metrics" });
}

/** Starts a program and waits until it answers 200 at `readyPath`; its output goes beside `database`. */
export async function startServer([program, ...args], { port, database, environment, work, readyPath }) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"));
  const log = openSync(join(work, `${basename(database)}.log`), "a");
  const startedAt = performance.now();
  const child = spawn(program, args, {
    stdio: ["ignore", log, log],
    env: { ...Object.fromEntries(inherited), TZ: "UTC", ...environment },
  });
  closeSync(log);
  const server = new Server(child, port, database);
  running.add(server);
  const deadline = startedAt + READY_LIMIT_MS;
  while ((await statusOf(port, readyPath)) !== 200) {
    if (server.ended || performance.now() > deadline) {
      const said = readFileSync(join(work, `${basename(database)}.log`), "utf8").slice(-1000);
      throw new Error(`${basename(database)} did not become ready: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  server.startMs = performance.now() - startedAt;
  return server;
}

/** One running server of any kind. */
class Server {
  ended = false;
  startMs = 0;

  constructor(child, port, database) {
    Object.assign(this, { child, port, database });
    this.exit = new Promise((resolve) => {
      child.once("error", () => resolve(null));
      child.once("exit", (code) => resolve(code));
    }).then((code) => {
      this.ended = true;
      running.delete(this);
      return code;
    });
  }

  /** Most memory it ever had resident, in MiB. */
  get peakRssMib() {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"));
    return Number(kib[1]) / 1024;
  }

  /** The database and what lies beside it, in bytes; after a stop the log is written back. */
  get bytesOnDisk() {
    const name = basename(this.database);
    return readdirSync(dirname(this.database))
      .filter((file) => file === name || [`${name}-wal`, `${name}-journal`].includes(file))
      .reduce((sum, file) => sum + statSync(join(dirname(this.database), file)).size, 0);
  }

  /** Batches accepted since the start, once no more come in (both sides count them alike). */
  async acceptedBatches() {
    let before = -1;
    for (let round = 0; round < 100; round += 1) {
      const { metrics } = await json(this.port, "/api/metrics");
      if (metrics.ingestCount === before) return before;
      before = metrics.ingestCount;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error("the server is still busy with earlier batches");
  }

  /** Ends the process and waits for it; anything but a clean end is an error, unless it was killed. */
  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_LIMIT_MS);
    const code = await this.exit;
    clearTimeout(timer);
    if (signal === "SIGTERM" && code !== 0) throw new Error(`${basename(this.database)} ended with code ${code}`);
  }
}

/** GET of a JSON document from the loopback address. */
export function json(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers, timeout: 120_000 }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path.split("?")[0]} answered ${answer.statusCode}: ${text.slice(0, 200)}`));
      });
    })
      .once("timeout", function late() {
        this.destroy(new Error(`${path.split("?")[0]} did not answer`));
      })
      .once("error", reject);
  });
}

function statusOf(port, path) {
  return new Promise((resolve) => {
    get({ host: "127.0.0.1", port, path, agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("timeout", function late() {
        this.destroy();
      })
      .once("error", () => resolve(null));
  });
}
