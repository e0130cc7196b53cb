// What is looked at on every page: structure, accessibility, widths.
import axe from "axe-core";

/** Widths from the narrowest phone to a wide screen, in CSS pixels. */
export const WIDTHS = [320, 390, 1280, 1920];

/** What axe finds on a page, one line each; everything of WCAG 2.2 AA and its best practices, contrast included. */
export const violations = async (page) => {
  // Not by a script element: the policy of the page forbids those, as it should.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  }));
  return found.violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ target, any }) => `axe ${id}: ${help}: ${target.join(" ")}${contrast(any)}`));
};

const contrast = ([first]) => (first?.data?.contrastRatio ? ` (${first.data.contrastRatio}: ${first.data.fgColor} on ${first.data.bgColor})` : "");

/** What sticks out of the page to the right, at each width; the page itself must never scroll sideways. */
export const overflows = async (page) => {
  const before = page.viewportSize();
  const found = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // Charts follow in the next frame.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const wide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return undefined;
      const isCut = (element) => { for (let box = element.parentElement; box !== document.body; box = box.parentElement) if (getComputedStyle(box).overflowX !== "visible" && getComputedStyle(element).position !== "absolute") return true; return false; };
      const out = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1 && !isCut(element));
      const name = (element) => element && `${element.tagName.toLowerCase()}${element.className && typeof element.className === "string" ? `.${element.className.split(" ").join(".")}` : ""}`;
      return `${scrollWidth} px wide, because of ${name(out[0])} in ${name(out[0]?.parentElement)}`;
    });
    if (wide) found.push(`at ${width} px: ${wide}`);
  }
  await page.setViewportSize(before);
  return found;
};

/** What is wrong with the outline of a page; `html` is what the server sent: scripts may set styles, markup may not. */
export const outlineFaults = (page, html) =>
  page.evaluate((html) => {
    const faults = [];
    for (const element of new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")) {
      for (const { name } of element.attributes) if (/^on|^style$/.test(name)) faults.push(`${name} at ${element.tagName}`);
    }
    const headings = document.querySelectorAll("h1");
    if (headings.length !== 1) faults.push(`${headings.length} h1`);
    for (const table of document.querySelectorAll("table")) if (!table.querySelector("th[scope]")) faults.push("a table without th scope");
    for (const canvas of document.querySelectorAll("canvas")) {
      const named = canvas.closest("figure")?.querySelector("figcaption") || canvas.getAttribute("aria-label") || canvas.getAttribute("aria-hidden") === "true";
      if (!named) faults.push("a canvas without a summary");
    }
    return faults;
  }, html);
