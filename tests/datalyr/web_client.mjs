// A client for pages that behaves as @datalyr/web 1.7.12 (datalyr.md 3, 4.2, 5, 8), written from the contract. A page is
// one object; what outlives it is in `storage`, as in a browser's local storage.
import crypto from "node:crypto";

/** Events of a batch. */
const BATCH = 10;

/** Sent alone and at once. */
const CRITICAL = new Set(["purchase", "signup", "subscribe", "lead", "conversion"]);

/** A larger body is sent without keepalive, and beacons are cut at it, in bytes. */
const KEEPALIVE_BYTES = 60_000;

/** Tries after the first before a batch is parked. */
const MAX_RETRIES = 5;

/** Times of the SDK, in milliseconds. */
const RETRY_MS = 1000;
const FLUSH_MS = 5000;
const TICK_MS = 10_000;
const FORBIDDEN_MS = 300_000;
const DEFAULT_RETRY_AFTER_MS = 60_000;

export class WebClient {
  #queue = [];
  #isSending = false;
  #inBackOff = 0;
  #timers = new Set();
  #parkedUntil = 0;
  #isGone = false;

  /**
   * Opens a page. `storage` is a Map that pages of one browser share; `haste` divides every delay. What earlier pages
   * left is sent again.
   */
  constructor({ endpoint, workspaceId, origin, storage, haste = 1, fetch = globalThis.fetch }) {
    Object.assign(this, { endpoint, workspaceId, origin, storage, haste, fetch });
    this.visitor = storage.get("visitor") ?? `anon_${crypto.randomUUID()}`;
    this.session = storage.get("session") ?? `sess_${crypto.randomUUID()}`;
    storage.set("visitor", this.visitor);
    storage.set("session", this.session);
    this.user = storage.get("user") ?? null;
    /** Batches that the server does not want, with the status. */
    this.dropped = [];
    /** How often each status was seen; 0 is no answer. */
    this.statuses = new Map();
    /** `{keepalive, bytes}` of each request. */
    this.requests = [];
    this.#queue = [...(storage.get("queue") ?? [])];
    this.#every(FLUSH_MS, () => this.flush());
    this.#every(TICK_MS, () => this.#retryParked());
    this.#retryParked();
    if (this.#queue.length > 0) this.flush();
  }

  /** Tells the server who the visitor is. */
  identify(user, traits = {}) {
    this.user = user;
    this.storage.set("user", user);
    return this.track("$identify", { anonymous_id: this.visitor, user_id: user, previous_id: null, traits, resolution_method: "identify_call" });
  }

  /** Records an event; returns its id. */
  track(name, data = {}) {
    const event = {
      workspace_id: this.workspaceId, event_id: crypto.randomUUID(), event_name: name, event_data: { session_id: this.session, ...data },
      source: "web", timestamp: new Date().toISOString(), distinct_id: this.user ?? this.visitor, anonymous_id: this.visitor,
      visitor_id: this.visitor, user_id: this.user, canonical_id: this.user ?? this.visitor, session_id: this.session,
      resolution_method: "browser_sdk", resolution_confidence: 1, sdk_version: "1.7.12", sdk_name: "datalyr-web-sdk", schema_version: 1,
    };
    if (CRITICAL.has(name)) this.#deliver([event]);
    else {
      this.#queue.push(event);
      this.#keep();
      if (this.#queue.length >= BATCH) this.flush();
    }
    return event.event_id;
  }

  /** Sends what is queued, batch by batch, unless that is under way already. */
  async flush() {
    if (this.#isSending || Date.now() < this.#parkedUntil) return;
    this.#isSending = true;
    while (this.#queue.length > 0 && !this.#isGone && Date.now() >= this.#parkedUntil) {
      const batch = this.#queue.splice(0, BATCH);
      await this.#deliver(batch);
      // Only now: a page that leaves in between finds the batch in the storage of the next one.
      this.#keep();
    }
    this.#isSending = false;
  }

  /** Whether a batch waits in memory only, which a page that leaves would lose (datalyr.md 8, rule 3). */
  get isInBackOff() { return this.#inBackOff > 0; }

  /** Whether nothing is left to be delivered, parked batches included. */
  get isIdle() { return this.#queue.length === 0 && !this.#isSending && this.#inBackOff === 0 && (this.storage.get("parked") ?? []).length === 0; }

  /** The visitor leaves: what is queued goes out in beacons, and stays in the storage for the next page. */
  async leave() {
    this.#isGone = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.storage.set("queue", [...this.#queue]);
    const beacons = [];
    for (let rest = [...this.#queue]; rest.length > 0;) {
      let chunk = rest.slice(0, BATCH);
      while (chunk.length > 1 && Buffer.byteLength(this.#body(chunk)) > KEEPALIVE_BYTES) chunk = chunk.slice(0, -1);
      rest = rest.slice(chunk.length);
      beacons.push(this.#post(this.#body(chunk), { "Content-Type": "application/json" }));
    }
    await Promise.all(beacons);
  }

  /** Sends one batch until the server has said something final about it. */
  async #deliver(batch) {
    this.#inBackOff += 1;
    try {
      for (let attempt = 0; attempt <= MAX_RETRIES; attempt += 1) {
        const { status, retryAfter } = await this.#post(this.#body(batch), { "Content-Type": "application/json", "X-Batch-Size": String(batch.length) });
        if (status >= 200 && status < 300) return;
        if (status === 403 || status === 429) return this.#park(batch, status === 403 ? FORBIDDEN_MS : retryAfter === null ? DEFAULT_RETRY_AFTER_MS : Number(retryAfter) * 1000);
        if (status >= 400 && status < 500 && status !== 408) return this.dropped.push({ batch, status });
        await new Promise((resolve) => setTimeout(resolve, (RETRY_MS * 2 ** attempt) / this.haste));
      }
      this.#park(batch, 0);
    } finally { this.#inBackOff -= 1; }
  }

  #park(batch, waitMs) {
    this.storage.set("parked", [...(this.storage.get("parked") ?? []), batch]);
    if (waitMs > 0) this.#parkedUntil = Date.now() + waitMs / this.haste;
  }

  async #retryParked() {
    if (Date.now() < this.#parkedUntil) return;
    const parked = this.storage.get("parked") ?? [];
    this.storage.set("parked", []);
    for (const batch of parked) await this.#deliver(batch);
  }

  /** A new batch id on every attempt. */
  #body(events) { return JSON.stringify({ events, batchId: crypto.randomUUID(), timestamp: new Date().toISOString() }); }

  async #post(body, headers) {
    const keepalive = Buffer.byteLength(body) <= KEEPALIVE_BYTES;
    this.requests.push({ keepalive, bytes: Buffer.byteLength(body) });
    let seen = { status: 0, retryAfter: null };
    try {
      const answer = await this.fetch(`${this.endpoint}/`, { method: "POST", body, headers: { ...headers, Origin: this.origin }, keepalive, credentials: "include" });
      await answer.arrayBuffer();
      seen = { status: answer.status, retryAfter: answer.headers.get("retry-after") };
    } catch { /* no answer */ }
    this.statuses.set(seen.status, (this.statuses.get(seen.status) ?? 0) + 1);
    return seen;
  }

  #keep() { this.storage.set("queue", [...this.#queue]); }

  #every(ms, action) { this.#timers.add(setInterval(action, ms / this.haste)); }
}
