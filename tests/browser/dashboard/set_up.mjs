// The first minutes of an installation, and signing in, as people do both.
import fs from "node:fs";
import path from "node:path";
import { until } from "../../lib/until.mjs";

/** The address of the set-up page, which the server leaves beside its file until it is used. */
export const setUpPath = async (hearth) => {
  const file = path.join(hearth.folder, "hearth.db.setup-url");
  const link = await until("the set-up link is written", () => new URL(fs.readFileSync(file, "utf8").trim()));
  return link.pathname + link.search;
};

/** Makes the first administrator and names the first project; returns the state of a browser that is signed in. */
export const setUp = async (hearth, browser, admin, project = "rich") => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(hearth.base + (await setUpPath(hearth)));
  await page.getByLabel("Name").fill(admin.name);
  for (const field of await page.locator("input[type=password]").all()) await field.fill(admin.password);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL("**/setup/project");
  await page.getByLabel("Name").fill(project);
  await page.getByLabel("Time zone").selectOption("UTC");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/setup"));
  const state = await context.storageState();
  await context.close();
  return state;
};

/** Fills in the form of the sign-in page and sends it; the page that comes of it is loaded. */
export const signIn = async (page, { name, password }) => {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Sign in" }).click()]);
};
