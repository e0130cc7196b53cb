// The browser under the tests.
import { chromium } from "playwright-core";
import { makeFolder } from "../lib/scratch.mjs";

/** Size of every page, in CSS pixels. */
export const VIEWPORT = { width: 1280, height: 720 };

/** Starts headless Chromium; it sends nothing but what the pages ask for, and writes only into the run's folder. */
export const launchBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    env: { ...process.env, HOME: makeFolder("browser-home") },
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ],
  });
