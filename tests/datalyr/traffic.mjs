// Visitors and servers that keep sending until they are told to stop, and what must be there in the end.
import { ApiClient } from "./api_client.mjs";
import { WebClient } from "./web_client.mjs";

/** How much faster than in life everything waits: a restart of the server takes a second, and no longer. */
const HASTE = 20;

/** Breath between two steps of one actor, in milliseconds. */
const STEP_MS = { least: 2, most: 30 };

/** Everything that was ever handed to a client, by its id: `{name, via}`. */
export class Ledger {
  #made = new Map();

  add(id, name, via) { this.#made.set(id, { name, via }); }

  get size() { return this.#made.size; }

  /** What is wrong with these stored events: `{lost, doubled, strange}`, each a list of ids. */
  compare(events) {
    const seen = new Map();
    for (const { event_id: id, name } of events) seen.set(id, [...(seen.get(id) ?? []), name]);
    return {
      lost: [...this.#made.keys()].filter((id) => !seen.has(id)),
      doubled: [...seen].filter(([, names]) => names.length > 1).map(([id]) => id),
      strange: [...seen].filter(([id, names]) => this.#made.get(id)?.name !== names[0]).map(([id]) => id),
    };
  }
}

/** A browser whose visitor opens pages, acts and leaves, until `stop`. */
export class Browsing {
  #isOver = false;

  constructor(installation, random, ledger, number) {
    Object.assign(this, { installation, random, ledger, number });
    this.storage = new Map();
    this.dropped = [];
    this.statuses = new Map();
    this.done = this.#run();
  }

  stop() { this.#isOver = true; }

  async #run() {
    let page = this.#open();
    while (!this.#isOver) {
      await pause(this.random.integer(STEP_MS.least, STEP_MS.most));
      const act = this.random.next();
      if (act < 0.05) this.#record(page, page.identify(`web_user_${this.number}`, { plan: "pro" }), "$identify");
      else if (act < 0.12) this.#record(page, page.track("purchase", { value: 1, currency: "USD" }), "purchase");
      else if (act < 0.18 && !page.isInBackOff) {
        await page.leave();
        this.#close(page);
        page = this.#open();
      } else this.#record(page, page.track("pageview", { url: `https://shop.example.org/${this.random.integer(1, 99)}` }), "pageview");
    }
    // The visitor stays on the last page until everything has arrived.
    for (const deadline = Date.now() + 60_000; !page.isIdle && Date.now() < deadline;) {
      await page.flush();
      await pause(20);
    }
    await page.leave();
    this.#close(page);
  }

  #open() {
    return new WebClient({ endpoint: this.installation.hearth.base, workspaceId: "ws_1", origin: "http://127.0.0.1:8790", storage: this.storage, haste: HASTE });
  }

  #close(page) {
    this.dropped.push(...page.dropped);
    for (const [status, count] of page.statuses) this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
  }

  #record(page, id, name) { this.ledger.add(id, name, `web ${this.number}`); }
}

/** A server that tracks for its users, until `stop`. */
export class Serving {
  #isOver = false;

  constructor(installation, random, ledger, number) {
    Object.assign(this, { random, ledger, number });
    this.client = new ApiClient({ host: `${installation.hearth.base}/track`, apiKey: installation.p1.key, haste: HASTE });
    this.done = this.#run();
  }

  stop() { this.#isOver = true; }

  get dropped() { return this.client.dropped; }

  get statuses() { return this.client.statuses; }

  async #run() {
    while (!this.#isOver) {
      await pause(this.random.integer(STEP_MS.least, STEP_MS.most));
      const userId = `api_user_${this.random.integer(1, 20)}`;
      const event = this.random.pick(["served", "purchase", "$identify"]);
      this.ledger.add(this.client.track({ userId, event, properties: { value: 1, n: this.random.integer(1, 1000) } }), event, `api ${this.number}`);
    }
    await this.client.close();
  }
}

/** The gap between two steps; never a wait for something to have happened. */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
