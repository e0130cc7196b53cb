// What Hearth recorded, read through its own API.
import { until } from "../lib/until.mjs";

/** How long a record may take from the end of its request to the API. */
const SETTLED_WITHIN_MS = 15_000;
const PAGE_ROWS = 1000;

/** Reads the traffic of the installation's one project. */
export class Records {
  #hearth;
  #token;
  #project;

  constructor(hearth, token, project) {
    this.#hearth = hearth;
    this.#token = token;
    this.#project = project;
  }

  /** The records of a running Hearth; `reuse.token` when its log is not that of the first start. */
  static async of(hearth, { token } = {}) {
    // It answers a moment before it has printed.
    const records = new Records(hearth, token ?? (await until("the read token is printed", () => hearth.readToken)));
    const { projects } = await records.get("/api/v1/projects");
    records.#project = projects[0].id;
    return records;
  }

  /** The token that was used. */
  get token() { return this.#token; }

  /** One answer of the API; anything but 200 is an error. */
  async get(path) {
    const answer = await fetch(`${this.#hearth.base}${path}`, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }

  /** One answer of the project's traffic API: `traffic("/routes")`. */
  traffic(path) { return this.get(`/api/v1/projects/${this.#project}/traffic${path}`); }

  /** The proxy's counts: recorded, ignored, dropped. */
  async counts() { return (await this.get("/api/v1/status")).proxy; }

  /** All recorded requests, newest first. */
  async all() {
    const rows = [];
    for (let cursor = ""; cursor !== null;) {
      const page = await this.traffic(`/requests?limit=${PAGE_ROWS}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      rows.push(...page.requests);
      cursor = page.next_cursor ?? null;
    }
    return rows;
  }

  /** All recorded requests once there are at least `count` of them, or after the deadline those that there are. */
  async settled(count, { withinMs = SETTLED_WITHIN_MS } = {}) {
    const recorded = async () => (await this.traffic("")).requests;
    await until(`${count} requests are recorded`, async () => (await recorded()) >= count, { withinMs, everyMs: 100 }).catch(() => {});
    return this.all();
  }

  /** Every route with its numbers, one entry for each method. */
  async routes() {
    const rows = [];
    for (let page = 1; ; page += 1) {
      const { routes, total } = await this.traffic(`/routes?limit=${PAGE_ROWS}&page=${page}`);
      rows.push(...routes);
      if (rows.length >= total || routes.length === 0) return rows;
    }
  }

  /** The tunnels and event streams that have not ended. */
  async open() { return (await this.traffic("/requests/open")).requests; }
}
