// From the screens to what they link to: each kind of page some times, with what the data put into its address.

/** Pages that are opened of each kind (path without ids, names of parameters). */
const PER_KIND = 6;

/** Pages that are opened in all. */
const MAX_PAGES = 200;

/** Links that end something, or leave. */
const NEVER = /^\/(logout|theme|static|api)\b/;

/**
 * Opens `paths` and what can be reached from them; `inspect(path)` opens a page. Returns the paths that were opened and the
 * links to CSV that were met.
 */
export const crawl = async (page, base, paths, inspect) => {
  const waiting = [...paths];
  const seen = new Set(waiting);
  const counts = new Map();
  const opened = [];
  const documents = new Set();
  while (waiting.length > 0 && opened.length < MAX_PAGES) {
    const path = waiting.shift();
    await inspect(path);
    opened.push(path);
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((link) => link.href));
    for (const link of links) {
      if (!link.startsWith(`${base}/`)) continue;
      const url = new URL(link);
      const own = url.pathname + url.search;
      if (url.searchParams.get("format") === "csv") documents.add(own);
      else if (!NEVER.test(url.pathname) && !seen.has(own)) {
        const kind = kindOf(url);
        const count = counts.get(kind) ?? 0;
        if (count >= PER_KIND) continue;
        counts.set(kind, count + 1);
        seen.add(own);
        waiting.push(own);
      }
    }
  }
  return { opened, documents: [...documents] };
};

const kindOf = (url) => `${url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "*")}?${[...new Set(url.searchParams.keys())].sort().join("&")}`;
