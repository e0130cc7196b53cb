// One visit: a browser page with the SDK running, and a record of everything the SDK handed to the network.

/** Opens the site's page and starts the SDK with `config`; `context` options are those of Playwright's newContext. */
export const startVisit = async (browser, site, config, contextOptions = {}) => {
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  const visit = new Visit(context, page);
  await page.goto(`${site.origin}/`);
  await page.waitForFunction(() => typeof window.startTracking === "function");
  await page.evaluate((options) => window.startTracking(options), config);
  return visit;
};

class Visit {
  #batches = [];

  constructor(context, page) {
    this.context = context;
    this.page = page;
    /** Errors of the page and messages of its console, for refusals by CORS among others. */
    this.complaints = [];
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => { if (message.type() === "error") this.complaints.push(message.text()); });
    page.on("request", (request) => { if (isBatch(request)) this.#batches.push(request.postDataJSON()); });
  }

  /** Every event the SDK has tried to send so far, once each however often it was re-sent, in order of first sight. */
  sentEvents() {
    const byId = new Map();
    for (const event of this.#batches.flatMap((batch) => batch.events)) if (!byId.has(event.eventId)) byId.set(event.eventId, event);
    return [...byId.values()];
  }

  /** How many events were sent more than once, counting each repetition. */
  resentCount() { return this.#batches.flatMap((batch) => batch.events).length - this.sentEvents().length; }

  /** The id under which the SDK runs this session. */
  sessionId() { return this.#batches[0].session.id; }

  flush() { return this.page.evaluate(() => window.tracker.flush()); }

  /** Waits until the page has drawn twice: what scripts and input caused has reached its listeners by then. */
  settle() { return this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))); }

  /** Sends what is left and stops the SDK, so that nothing can be added any more. */
  async end() {
    await this.page.evaluate(() => window.tracker.shutdown());
    await this.context.close();
  }
}

const isBatch = (request) => request.method() === "POST" && new URL(request.url()).pathname.endsWith("/ingest");
