// A page of the dashboard, opened, and everything it did that a clean page does not do.

/**
 * A browser context that is signed in (or not, with `state` null) and a page in it that keeps account.
 *
 * `options` are those of Playwright's newContext.
 */
export const openContext = async (world, { state = world.state, ...options } = {}) => {
  const context = await world.browser.newContext({ viewport: { width: 1280, height: 900 }, storageState: state ?? undefined, reducedMotion: "reduce", ...options });
  // Nothing here takes longer on a machine that is not stuck.
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  return new Opened(world.hearth.base, context, page, options.javaScriptEnabled !== false);
};

class Opened {
  constructor(base, context, page, hasScripts) {
    this.base = base;
    this.hasScripts = hasScripts;
    this.context = context;
    this.page = page;
    /** What the console, the network, the policy and the page itself complained of since the last visit. */
    this.complaints = [];
    /** Requests since the last visit. */
    this.requests = [];
    /** Answers with 400 and above of the document itself are for the caller to judge. */
    const complain = (text) => this.complaints.push(text);
    page.on("pageerror", (error) => complain(`script: ${error.message}`));
    page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complain(`console: ${message.text()}`); });
    page.on("dialog", (dialog) => { complain(`dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); });
    page.on("requestfailed", (request) => { if (request.failure()?.errorText !== "net::ERR_ABORTED") complain(`failed: ${request.url()} ${request.failure()?.errorText}`); });
    page.on("request", (request) => {
      this.requests.push(request);
      if (!request.url().startsWith(this.base) && !/^(data|blob):/.test(request.url())) complain(`another origin: ${request.url()}`);
    });
    page.on("response", (response) => { if (response.status() >= 400 && !response.request().isNavigationRequest()) complain(`${response.status()}: ${response.url()}`); });
    page.on("popup", (popup) => complain(`popup: ${popup.url()}`));
  }

  /** Goes to a path of Hearth and returns the answer's status; what it held is in `html`. */
  async visit(path) {
    this.complaints.length = 0;
    this.requests.length = 0;
    await this.#listenForViolations();
    let status;
    const note = (response) => { if (response.request().isNavigationRequest()) status = response.status(); };
    this.page.on("response", note);
    // An error without a body is none of a page to the browser; its status is known all the same.
    const answer = await this.page.goto(this.base + path, { waitUntil: "load" }).catch((error) => { if (!/ERR_HTTP_RESPONSE_CODE_FAILURE/.test(error.message)) throw error; });
    this.page.off("response", note);
    this.html = (await answer?.text()) ?? "";
    await this.settle();
    return status;
  }

  /** Waits until the page has drawn, and what its scripts ask for at the start has come. Pages that poll are never idle for long. */
  async settle() {
    if (!this.hasScripts) return;
    const asks = await this.page.locator("canvas, [data-live]").count();
    if (asks) await this.page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
    else await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  close() { return this.context.close(); }

  /** Violations of the content security policy, also those that are only reported to scripts. */
  async #listenForViolations() {
    if (this.listens) return;
    this.listens = true;
    await this.context.exposeBinding("hearthTestViolation", (_, text) => this.complaints.push(`policy: ${text}`)).catch(() => {});
    await this.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => globalThis.hearthTestViolation?.(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
  }
}
