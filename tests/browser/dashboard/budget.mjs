// What a first view costs on the wire, as the browser counts it.

/** The most of each, compressed, in bytes; requests by number. */
export const BUDGET = { html: 20 * 1024, css: 10 * 1024, js: 12 * 1024, total: 75 * 1024, requests: 7 };

/** Scripts that are not ours do not count as ours. */
const VENDORED = "/static/vendor/";

/** Counts what `page` loads from now on; the browser's cache must be empty and stay so. Returns a function that tells the sums. */
export const countTransfer = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const loads = new Map();
  session.on("Network.responseReceived", ({ requestId, response, type }) => {
    // The logo is the icon, too: what the browser has already is not asked for again.
    if (!response.fromDiskCache && !response.fromPrefetchCache) loads.set(requestId, { url: new URL(response.url), type, bytes: 0 });
  });
  session.on("Network.requestServedFromCache", ({ requestId }) => loads.delete(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const load = loads.get(requestId);
    if (load) load.bytes = encodedDataLength;
  });
  return () => {
    const all = [...loads.values()].filter(({ url }) => /^https?:/.test(url.protocol));
    const sum = (chosen) => chosen.reduce((bytes, load) => bytes + load.bytes, 0);
    // A stream that never ends and what a page asks for later belong to no first view.
    return {
      html: sum(all.filter(({ type }) => type === "Document")),
      css: sum(all.filter(({ type }) => type === "Stylesheet")),
      js: sum(all.filter(({ type, url }) => type === "Script" && !url.pathname.startsWith(VENDORED))),
      total: sum(all),
      requests: all.length,
      paths: all.map(({ url }) => url.pathname),
    };
  };
};

/** What is beyond the budget, one line each. */
export const excesses = (transfer) =>
  Object.entries(BUDGET).filter(([name, most]) => transfer[name] > most).map(([name, most]) => `budget: ${name} ${transfer[name]}, at most ${most}${name === "requests" ? `: ${transfer.paths.join(" ")}` : ""}`);

/** One line of the table of all screens. */
export const asLine = (name, { html, css, js, total, requests }) => {
  const kb = (bytes) => (bytes / 1024).toFixed(1).padStart(6);
  return `${name.padEnd(28)} html ${kb(html)}  css ${kb(css)}  js ${kb(js)}  total ${kb(total)} KB  ${requests} requests`;
};
