// Measures where things are on the pages of the sample shop, for the made-up clicks of `hearth demo`.
//
//   node tests/browser/measure_shop.mjs http://127.0.0.1:8081 > src/demo/history/places.txt
//
// To be run again when the shop's pages have changed; the address is that of a running demo's shop.
import { launchBrowser } from "./chromium.mjs";

const SCREENS = [["desktop", 1440, 900], ["wide", 1920, 1080], ["tablet", 820, 1180], ["phone", 390, 844]];

const PAGES = [
  ["home", "/"], ["stoves", "/shop/stoves"], ["outdoors", "/shop/outdoors"], ["kettles", "/shop/kettles"],
  ["hearthside", "/shop/hearthside"], ["product", "/product/camp-kettle"], ["cart", "/cart", "cart=camp-kettle.1"],
  ["sign-in", "/checkout", "cart=camp-kettle.1"], ["checkout", "/checkout", "cart=camp-kettle.1; account=c-1001"],
  ["thanks", "/thank-you", "account=c-1001"], ["account", "/account"], ["report", "/reports/heating-costs"],
  ["guide", "/guides/first-fire"],
];

const CLICKABLE = "a[id], button[id], input[id], summary[id], li[id], label[id], #picture, #promises > [id]";

const origin = process.argv[2];
if (!origin) throw new Error("which shop? such as http://127.0.0.1:8081");
console.log("# Made by tests/browser/measure_shop.mjs: screen, page, height; then selector, left, top, width, height.");
const browser = await launchBrowser();
for (const [screen, width, height] of SCREENS) {
  for (const [kind, path, cookie] of PAGES) {
    // The tracker must not count this.
    const context = await browser.newContext({ viewport: { width, height }, extraHTTPHeaders: cookie ? { cookie } : {} });
    await context.addInitScript(() => Object.defineProperty(navigator, "doNotTrack", { value: "1" }));
    const page = await context.newPage();
    await page.goto(`${origin}${path}`, { waitUntil: "networkidle" });
    const { total, places } = await page.evaluate((clickable) => ({
      total: document.documentElement.scrollHeight,
      places: [...document.querySelectorAll(clickable)].map((element) => {
        const box = element.getBoundingClientRect();
        return [`${element.localName}#${element.id}`, ...[box.left + scrollX, box.top + scrollY, box.width, box.height].map(Math.round)];
      }).filter(([, , , w, h]) => w > 0 && h > 0),
    }), CLICKABLE);
    console.log([screen, kind, total].join(" "));
    for (const place of places) console.log(place.join(" "));
    await context.close();
  }
}
await browser.close();
