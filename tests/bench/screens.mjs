import { execFile, spawnSync } from "node:child_process";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { PROJECT_SCREENS } from "../browser/dashboard/screens.mjs";
import { startHearth } from "./servers.mjs";

const run = promisify(execFile);

/** How often each page is asked for; the first answer, which warms the page cache, comes before and does not count. */
const RUNS = 30;

/** The 95th percentile of a page over the long history, at most. */
const LIMIT_MS = 150;

/** How many times the time over the short history the long one may take, medians compared. */
const LIMIT_RATIO = 3;

/** The short history that the long one is compared with; a tenth of the long one if that is not long. */
const SMALL = 100_000;

const ACCOUNT = { name: "bench", password: "slow or fast, we shall see" };

const PERIODS = ["", "12mo"];

/**
 * Every screen of a project over a short and a long history: no page may take longer than somebody waits, and none by the
 * number of rows rather than by what it shows.
 */
export async function measureScreens(options, figures) {
  const sizes = [
    { events: Math.min(SMALL, options.events / 10), requests: Math.min(SMALL, options.requests / 10) },
    { events: options.events, requests: options.requests },
  ];
  const [small, large] = [await measureSize(options, figures, sizes[0]), await measureSize(options, figures, sizes[1])];
  let failed = 0;
  for (const [name, times] of Object.entries(large)) {
    const before = small[name];
    const ratio = before && times.p50 / before.p50;
    const passed = times.p95 <= LIMIT_MS && !(ratio > LIMIT_RATIO);
    if (!passed) failed += 1;
    const at = (which, { p50, p95 }) => `${which} p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} ms`;
    console.log(`${passed ? "PASS" : "FAIL"} ${name}: ${before ? `${at(label(sizes[0]), before)}, ` : ""}${at(label(sizes[1]), times)}${before ? `, ratio ${ratio.toFixed(2)}` : ""}`);
  }
  const slowest = Object.values(large).reduce((most, { p95 }) => Math.max(most, p95), 0);
  figures.add("screens slowest p95 ms", slowest);
  figures.add("screens failed", failed);
  if (failed > 0) process.exitCode = 1;
}

async function measureSize(options, figures, size) {
  const name = `screens-${label(size).replaceAll(" ", "-")}`;
  const file = join(options.work, `${name}.db`);
  const filledAt = performance.now();
  const { stdout } = await run(options["visits-fill"], ["--events", String(size.events), "--requests", String(size.requests), "--data", file, "--runs", "1"], { maxBuffer: 2 ** 24 });
  figures.add(`screens ${label(size)} filling s`, (performance.now() - filledAt) / 1000);
  const { project } = JSON.parse(stdout).filled;
  const added = spawnSync(options.binary, ["user", "add", ACCOUNT.name, "--admin", "--password-stdin", "--data", file], { input: `${ACCOUNT.password}\n`, encoding: "utf8" });
  if (added.status !== 0) throw new Error(`hearth user add: ${added.stderr}`);
  const server = await startHearth(options, name);
  const browser = new Client(server.port);
  await browser.signIn();
  const subject = await findSubject(browser, project);
  const times = {};
  for (const screen of PROJECT_SCREENS.filter(({ setting }) => !setting)) {
    for (const period of screen.bar ? PERIODS : PERIODS.slice(0, 1)) {
      const key = `${screen.name}${period && ` ${period}`}`;
      const below = subjectOf(screen, subject);
      if (below === undefined) {
        console.log(`left out: ${key} at ${label(size)}, for nothing of the kind is listed`);
        continue;
      }
      times[key] = await browser.time(`/p/${project}${below}${period && `${below.includes("?") ? "&" : "?"}period=${period}`}`);
      figures.add(`screens ${label(size)} ${key} p50 ms`, times[key].p50);
      figures.add(`screens ${label(size)} ${key} p95 ms`, times[key].p95);
    }
  }
  await server.stop();
  return times;
}

/** What pages of one thing are asked about: what stands first in the list of such things. */
async function findSubject(browser, project) {
  const first = async (list, page, name) => {
    const { status, text } = await browser.get(`/p/${project}${list}?period=12mo`);
    if (status !== 200) return undefined;
    for (const [, href] of text.matchAll(/href="([^"]+)"/g)) {
      const url = new URL(href.replaceAll("&amp;", "&").replaceAll("&#38;", "&"), "http://hearth.test");
      if (url.pathname === `/p/${project}${page}` && url.searchParams.has(name)) return url.searchParams.get(name);
    }
    return undefined;
  };
  return {
    page: await first("/pages", "/pages/page", "path"),
    session: await first("/sessions", "/sessions/session", "id"),
    event: await first("/events", "/events/event", "name"),
    user: await first("/traffic/users", "/traffic/user", "id"),
    route: await first("/traffic/routes", "/traffic/route", "route"),
    request: await first("/traffic/requests", "/traffic/requests/request", "id"),
    person: await first("/people", "/people/person", "id"),
  };
}

/** The path of a screen; none where it is about a thing of which there is none. */
function subjectOf(screen, subject) {
  let isMissing = false;
  const noticing = new Proxy(subject, {
    get: (target, name) => {
      if (target[name] === undefined) isMissing = true;
      return target[name];
    },
  });
  const below = screen.of(noticing);
  return isMissing ? undefined : below;
}

/** Asks as a browser that is signed in, over one connection. */
class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #cookie = "";

  constructor(port) {
    this.port = port;
  }

  async signIn() {
    const form = new URLSearchParams({ username: ACCOUNT.name, password: ACCOUNT.password }).toString();
    const origin = `http://127.0.0.1:${this.port}`;
    const answer = await this.#ask("POST", "/login", { "content-type": "application/x-www-form-urlencoded", origin, "sec-fetch-site": "same-origin" }, form);
    this.#cookie = (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
    if (answer.status !== 303 || this.#cookie === "") throw new Error(`signing in is answered ${answer.status}`);
  }

  get(path) {
    return this.#ask("GET", path, { cookie: this.#cookie, accept: "text/html", "accept-encoding": "gzip" });
  }

  /** Median and 95th percentile of a page, in milliseconds. */
  async time(path) {
    const times = [];
    for (let i = 0; i <= RUNS; i += 1) {
      const startedAt = performance.now();
      const { status } = await this.get(path);
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      if (i > 0) times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)];
    return { p50: at(0.5), p95: at(0.95) };
  }

  async #ask(method, path, headers, body = "") {
    const answer = await new Promise((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: this.port, path, method, headers, agent: this.#agent, timeout: 120_000 }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }));
      });
      asked.once("timeout", () => asked.destroy(new Error(`${path} did not answer`)));
      asked.once("error", reject);
      asked.end(body);
    });
    const isGzip = answer.headers["content-encoding"] === "gzip";
    // Unpacked when somebody looks: that is the browser's time and not the server's.
    return { ...answer, get text() { return (isGzip ? gunzipSync(answer.bytes) : answer.bytes).toString(); } };
  }
}

function label({ events, requests }) {
  const short = (count) => (count % 1e6 === 0 ? `${count / 1e6}M` : `${count / 1e3}k`);
  return events === requests ? short(events) : `${short(events)} and ${short(requests)}`;
}
