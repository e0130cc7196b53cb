// A client for servers that behaves as @datalyr/api 1.3.1 (datalyr.md 2, 4.1, 7.10, 8), written from the contract.
import crypto from "node:crypto";

/** Requests under way at the same time. */
const MAX_PARALLEL = 10;

/** Tries of one event in one cycle, after the first. */
const MAX_RETRIES = 3;

/** Cycles in which an event is tried before it is given up. */
const MAX_CYCLES = 10;

/** Base of the delays between tries, and between cycles, in milliseconds. */
const RETRY_MS = 1000;
const CYCLE_MS = 10_000;

const READ_TIMEOUT_MS = 10_000;

export class ApiClient {
  #queue = [];
  #underWay = 0;
  #isClosing = false;
  #idle = [];

  /** `host` is the full URL; `haste` divides every delay, so that tests need not wait as long as servers do. */
  constructor({ host, apiKey, haste = 1, fetch = globalThis.fetch }) {
    Object.assign(this, { host, apiKey, haste, fetch });
    /** Events that the server does not want, with the status. */
    this.dropped = [];
    /** Ids in the order in which they were acknowledged. */
    this.acknowledged = new Set();
    /** How often each status was seen; 0 is no answer. */
    this.statuses = new Map();
  }

  /** Queues an event; returns its id. */
  track({ userId, anonymousId = `anon_${crypto.randomUUID()}`, event, properties = {}, eventId = crypto.randomUUID(), timestamp = new Date().toISOString() }) {
    if (this.#isClosing) throw new Error("closed");
    const body = {
      userId, anonymousId, eventId, event, properties: { ...properties, anonymous_id: anonymousId },
      context: { library: "@datalyr/api", version: "1.3.1", source: "api", schema_version: 1 }, timestamp,
    };
    this.#queue.push({ eventId, body: JSON.stringify(body), cycles: 0 });
    this.#work();
    return eventId;
  }

  identify(userId, traits = {}) { return this.track({ userId, event: "$identify", properties: traits }); }

  /** Takes no more events, and resolves when none is left. */
  close() {
    this.#isClosing = true;
    return this.flush();
  }

  /** Resolves when no event is queued or under way. */
  flush() {
    if (this.#queue.length === 0 && this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #work() {
    while (this.#underWay < MAX_PARALLEL && this.#queue.length > 0) {
      this.#underWay += 1;
      this.#deliver(this.#queue.shift()).finally(() => {
        this.#underWay -= 1;
        this.#work();
        if (this.#underWay === 0 && this.#queue.length === 0) this.#idle.splice(0).forEach((resolve) => resolve());
      });
    }
  }

  async #deliver(item) {
    for (;;) {
      for (let attempt = 0; attempt <= MAX_RETRIES; attempt += 1) {
        const status = await this.#post(item.body);
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        if (status >= 200 && status < 300) return this.acknowledged.add(item.eventId);
        if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.dropped.push({ ...item, status });
        await this.#wait(RETRY_MS * 2 ** attempt * (0.5 + Math.random() / 2));
      }
      item.cycles += 1;
      if (item.cycles >= MAX_CYCLES) return this.dropped.push({ ...item, status: 0 });
      await this.#wait(CYCLE_MS);
    }
  }

  async #post(body) {
    try {
      const answer = await this.fetch(this.host, {
        method: "POST", body, signal: AbortSignal.timeout(READ_TIMEOUT_MS),
        headers: { "Content-Type": "application/json", "X-API-Key": this.apiKey, "User-Agent": "@datalyr/api/1.3.1" },
      });
      // The SDK does not read the body of a success; a test must give the connection back.
      await answer.arrayBuffer();
      return answer.status;
    } catch { return 0; }
  }

  #wait(ms) { return new Promise((resolve) => setTimeout(resolve, ms / this.haste)); }
}
