import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { get } from "./http.mjs";

/** What a fault test configures: no rate limit in the way, any project key, open reads. */
const BASE_SETTINGS = {
  HEARTH_STORAGE__MIN_FREE: "0",
  HEARTH_HEAT__OPEN_READS: "true",
  HEARTH_HEAT__AUTO_CREATE_PROJECTS: "true",
  HEARTH_HEAT__AUTH: "project_key",
  HEARTH_HEAT__MAX_PROJECTS: "100000",
  HEARTH_HEAT__RATE_LIMIT__MAX: "1000000000",
  HEARTH_HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: "1000000000",
  HEARTH_LOG__LEVEL: "warn",
};

const alive = new Set();
process.on("exit", () => alive.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/** A TCP port of the loopback address that nobody held a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/**
 * One Hearth on one database file, started, killed and started again by a test.
 *
 * Every process it starts dies with the test: `exit` of the test kills what is left, by pid.
 */
export class Hearth {
  #child = null;
  #exited = null;

  /** `log` receives stdout and stderr of every start; `settings` are HEARTH_* variables over the base ones. */
  constructor({ binary, database, port, log, settings = {} }) {
    Object.assign(this, { binary, database, port, log, settings });
  }

  /** Spawns the process and returns at once; `tracer` is a command line to put in front of it. */
  start(tracer = []) {
    const [program, ...rest] = [...tracer, this.binary, "serve"];
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"));
    const log = openSync(this.log, "a");
    this.startedAt = performance.now();
    this.#child = spawn(program, rest, {
      stdio: ["ignore", log, log],
      env: {
        ...Object.fromEntries(inherited),
        ...BASE_SETTINGS,
        HEARTH_SERVER__LISTEN: `127.0.0.1:${this.port}`,
        HEARTH_STORAGE__PATH: this.database,
        ...this.settings,
      },
    });
    closeSync(log);
    const child = this.#child;
    alive.add(child);
    child.once("exit", () => alive.delete(child));
    this.#exited = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve({ code: null, signal: null, error: error.message }));
      this.#child.once("exit", (code, signal) => resolve({ code, signal, at: performance.now() }));
    });
    this.#exited.then(() => (this.#child = null));
  }

  /** Whether the process is there. */
  get running() {
    return this.#child !== null;
  }

  /** The process id, or undefined when there is none. */
  get pid() {
    return this.#child?.pid;
  }

  /** True once /readyz answers 200, false when the process ended or `limitMs` passed before that. */
  async ready(limitMs = 10_000) {
    const deadline = performance.now() + limitMs;
    while (this.running && performance.now() < deadline) {
      const answer = await get(this.port, "/readyz").catch(() => null);
      if (answer?.status === 200) return true;
      await pause(5);
    }
    return false;
  }

  /** Sends a signal and waits for the end; resolves to `{code, signal, at}`, or null when it outlived `limitMs`. */
  async end(signal, limitMs = 15_000) {
    this.#child?.kill(signal);
    return this.exit(limitMs);
  }

  /** Waits for the process to end by itself; null when it outlived `limitMs`. */
  async exit(limitMs) {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, limitMs, null)));
    const end = await Promise.race([this.#exited, late]);
    clearTimeout(timer);
    return end;
  }
}

/** The gap between two polls of a bounded loop; never a replacement for waiting on an event. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
