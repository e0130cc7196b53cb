// The first minutes of an installation, and signing in, as people do both.
import fs from "node:fs";
import path from "node:path";
import { until } from "../../lib/until.mjs";

/** Where the server puts the address of the set-up page until it is used. */
const linkFile = (hearth) => path.join(hearth.folder, "hearth.db.setup-url");

/** Makes the first administrator through the set-up page; returns the state of a browser that is signed in. */
export const setUp = async (hearth, browser, admin) => {
  if (!fs.existsSync(linkFile(hearth))) return undefined;
  const link = await until("the set-up link is written", async () => new URL(fs.readFileSync(linkFile(hearth), "utf8").trim()));
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${hearth.base}${link.pathname}${link.search}`);
  await page.getByLabel(/name/i).first().fill(admin.name);
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(admin.password);
  await Promise.all([page.waitForURL((url) => !url.search.includes("token=")), page.locator("main form button").first().click()]);
  const state = await context.storageState();
  await context.close();
  return state;
};
