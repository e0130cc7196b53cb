// `hearth demo`, started and signed in to: the sample shop with weeks of history.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { binary } from "../../lib/hearth.mjs";
import { freePort } from "../../lib/port.mjs";
import { killAtExit, makeFolder } from "../../lib/scratch.mjs";
import { until } from "../../lib/until.mjs";
import { launchBrowser } from "../chromium.mjs";
import { signIn } from "./set_up.mjs";

/** Weeks of history are written first. */
const READY_WITHIN_MS = 300_000;

/** Starts the demo; returns a world with one rich project. */
export const openDemo = async () => {
  const folder = makeFolder("demo");
  const [port, shopPort] = [await freePort(), await freePort()];
  const said = path.join(folder, "said");
  const out = fs.openSync(said, "a");
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_")));
  const child = killAtExit(spawn(binary(), ["demo", "--data", path.join(folder, "hearth.db"), "--listen", `127.0.0.1:${port}`, "--shop-listen", `127.0.0.1:${shopPort}`, "--set", "storage.min_free=0"], {
    cwd: folder, env: environment, stdio: ["ignore", out, out],
  }));
  fs.closeSync(out);
  const account = await until("the demo says where it is", () => {
    const text = fs.readFileSync(said, "utf8");
    if (child.exitCode !== null) throw Object.assign(new Error(`the demo ended: ${text.slice(-1000)}`), { final: true });
    const [, name, password] = /as (\S+), password (\S+)/.exec(text) ?? [];
    return name && { name, password };
  }, { withinMs: READY_WITHIN_MS });
  const browser = await launchBrowser();
  const base = `http://127.0.0.1:${port}`;
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${base}/login`);
  await signIn(page, account);
  const state = await context.storageState();
  await page.goto(`${base}/`);
  const href = new URL(page.url()).pathname.startsWith("/p/") ? page.url() : await page.locator('main a[href^="/p/"]').first().getAttribute("href");
  const id = new URL(href, base).pathname.split("/")[2];
  const hearth = { base, stop: () => child.kill("SIGTERM") };
  const rich = { id, ...(await firstOfEach(page, `${base}/p/${id}`)) };
  await context.close();
  return { hearth, browser, state, rich, proxy: `http://127.0.0.1:${shopPort}`, kinds: ["rich", "own"] };
};

/** What stands first in each list, for the pages of one thing. */
const firstOfEach = async (page, project) => {
  const found = {};
  for (const [key, list, screen, name] of LISTS) {
    await page.goto(`${project}${list}`);
    const links = await page.evaluate(() => [...document.querySelectorAll("main a[href]")].map(({ href }) => href));
    const link = links.map((href) => new URL(href)).find((url) => url.pathname.endsWith(screen) && url.searchParams.has(name));
    found[key] = link?.searchParams.get(name);
  }
  return found;
};

const LISTS = [
  ["page", "/pages", "/pages/page", "path"],
  ["session", "/sessions", "/sessions/session", "id"],
  ["event", "/events", "/events/event", "name"],
  ["person", "/people", "/people/person", "id"],
  ["user", "/traffic/users", "/traffic/user", "id"],
  ["route", "/traffic/routes", "/traffic/route", "route"],
  ["request", "/traffic/requests", "/traffic/requests/request", "id"],
];
