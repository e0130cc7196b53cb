// What every test file starts from: Hearth at its defaults, a site in front of it, a browser.
import { after, before } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { launchBrowser } from "./chromium.mjs";
import { startSite } from "./site.mjs";
import { projectId } from "./stored.mjs";

/** Starts all three before the tests of the calling file and ends them after; the returned object fills up in between. */
export const useSetting = () => {
  const setting = {};
  before(async () => {
    setting.hearth = await startHearth();
    setting.project = await projectId(setting.hearth);
    setting.site = await startSite(setting.hearth);
    setting.browser = await launchBrowser();
    /** SDK options: through the site's own reverse proxy. */
    setting.sameOrigin = { endpoint: `${setting.site.origin}/ingest`, projectKey: setting.hearth.projectKey };
    /** SDK options: straight to Hearth, whose port makes it another origin. */
    setting.crossOrigin = { endpoint: `${setting.hearth.base}/ingest`, projectKey: setting.hearth.projectKey };
  });
  after(async () => {
    await setting.browser?.close();
    setting.site?.close();
    await setting.hearth?.stop();
  });
  return setting;
};
