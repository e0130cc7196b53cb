// Starts and stops the real binary for a test: own port, own folder, own log, settings by environment only.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./port.mjs";
import { killAtExit, makeFolder } from "./scratch.mjs";
import { until } from "./until.mjs";

const PROJECT_ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How long a start may take before the test fails. */
const READY_WITHIN_MS = 20_000;

/** How long a graceful stop may take before the process is killed and the test fails. */
const STOPPED_WITHIN_MS = 15_000;

/**
 * Starts Hearth and waits until /readyz answers 200.
 *
 * `settings` are environment variables without the prefix: `{ HEAT__OPEN_READS: "true" }`. Everything not
 * given is the product's default, but for the storage reserve, which a small test disk may not have.
 * `folder` and `port` re-use those of an earlier instance, for a restart over the same file. `tracer` is a command line
 * to put in front of the program, which must leave the program the pid that was started (`strace -D`).
 */
export const startHearth = async (settings = {}, reuse = {}) => {
  const hearth = await launchHearth(settings, reuse);
  await until("GET /readyz answers 200", async () => {
    if (!hearth.isAlive()) throw Object.assign(new Error(`exited with ${hearth.exitCode()}:\n${hearth.log().slice(-2000)}`), { final: true });
    const answer = await fetch(`${hearth.base}/readyz`, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  }, { withinMs: READY_WITHIN_MS });
  return hearth;
};

/** Starts Hearth without waiting for anything: for starts that are expected to fail or to be slow. */
export const launchHearth = async (settings = {}, { folder = makeFolder("hearth"), port, tracer = [] } = {}) => {
  const listenPort = port ?? (await freePort());
  const logPath = path.join(folder, "hearth.log");
  const log = fs.openSync(logPath, "a");
  const [program, ...words] = [...tracer, binary(), "serve"];
  const child = killAtExit(spawn(program, words, {
    cwd: folder,
    env: environment(folder, listenPort, settings),
    stdio: ["ignore", log, log],
  }));
  fs.closeSync(log);
  return new Hearth(child, folder, listenPort, logPath);
};

/** One running Hearth. */
class Hearth {
  #child;
  #exited;
  #exitCode;

  constructor(child, folder, port, logPath) {
    this.#child = child;
    this.folder = folder;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.logPath = logPath;
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => resolve((this.#exitCode = `not started: ${error.message}`)));
      child.once("exit", (code, signal) => resolve((this.#exitCode ??= code ?? signal)));
    });
  }

  get pid() { return this.#child.pid; }

  isAlive() { return this.#exitCode === undefined; }

  /** The exit code, or the name of the signal that ended the process; undefined while it lives. */
  exitCode() { return this.#exitCode; }

  /** Waits for the process to end by itself and returns its exit code. */
  exit({ withinMs = STOPPED_WITHIN_MS } = {}) {
    const late = new Promise((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`pid ${this.pid} still runs after ${withinMs} ms`)), withinMs);
      this.#exited.then(() => clearTimeout(timer));
    });
    return Promise.race([this.#exited, late]);
  }

  /** Asks for a graceful stop; anything but exit code 0 in time is an error. */
  async stop() {
    this.#child.kill("SIGTERM");
    const code = await this.exit().catch(async (error) => { await this.kill(); throw error; });
    if (code !== 0) throw new Error(`exit code ${code} after SIGTERM`);
  }

  /** Ends the process at once. */
  async kill() {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Everything the process has printed so far, of both streams. */
  log() { return fs.readFileSync(this.logPath, "utf8"); }

  /** The project key printed on the first start. */
  get projectKey() { return this.#printed(/project key:\s*(hk_[\w-]+)/); }

  /** The read token of the same project, printed on the first start. */
  get readToken() { return this.#printed(/read token:\s*(hr_[\w-]+)/); }

  /** Resident memory in bytes, as the kernel counts it. */
  residentBytes() {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${this.pid}/status`, "utf8"));
    return Number(kib[1]) * 1024;
  }

  /** Processor time used so far in milliseconds, user and system together (resolution 10 ms). */
  processorMs() {
    const stat = fs.readFileSync(`/proc/${this.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** The bytes of every file the process keeps: the database, its write-ahead log and whatever lies beside it. */
  filesOnDisk() {
    return fs.readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => ({ name: entry.name, bytes: fs.readFileSync(path.join(entry.parentPath ?? entry.path, entry.name)) }));
  }

  #printed(pattern) {
    const found = pattern.exec(this.log());
    if (!found) throw new Error(`the log has no line like ${pattern}`);
    return found[1];
  }
}

/** The program under test: HEARTH_BIN, else the release build. */
export const binary = () => process.env.HEARTH_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(PROJECT_ROOT, "target"), "release", "hearth");

/** The caller's environment without any HEARTH_ setting of its own, plus ours. */
const environment = (folder, port, settings) => {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_")));
  const own = { SERVER__LISTEN: `127.0.0.1:${port}`, STORAGE__PATH: path.join(folder, "hearth.db"), STORAGE__MIN_FREE: "0", LOG__LEVEL: "warn", ...settings };
  return { ...inherited, TZ: "UTC", ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`HEARTH_${name}`, String(value)])) };
};
