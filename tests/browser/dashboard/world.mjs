// An installation as its owner has it after some weeks: an administrator, an app behind the proxy, three projects.
//
// It is set up through the set-up page and seeded once in a run; each test file gets a copy of that file and a Hearth of
// its own (HEARTH_TEST_WORLD names the folder of the original).
import fs from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import { runHearth } from "../../datalyr/installation.mjs";
import { startHearth } from "../../lib/hearth.mjs";
import { freePort } from "../../lib/port.mjs";
import { makeFolder } from "../../lib/scratch.mjs";
import { launchBrowser } from "../chromium.mjs";
import { startApp } from "./app.mjs";
import { projectId, readApi } from "../stored.mjs";
import { FULL_SESSION, seed, USERS } from "./seed.mjs";
import { setUp } from "./set_up.mjs";

/** The one administrator. */
export const ADMIN = { name: "Ada", password: "a long enough passphrase" };

/** Sees the rich project and may change nothing. */
export const VIEWER = { name: "Vic", password: "another long passphrase" };

const SETTINGS = {
  HEAT__RATE_LIMIT__MAX: 1_000_000, DATALYR__RATE_LIMIT__MAX_EVENTS: 1_000_000,
  // The app says who somebody is; addresses and agents are shown where they are kept.
  TRAFFIC__TRACK_IP: true,
};

/**
 * Starts the world before the tests of the calling file, does `prepare(world)`, and ends it after; the returned object
 * fills up in between.
 */
export const useWorld = ({ prepare = () => {}, ...options } = {}) => {
  const world = {};
  before(async () => {
    Object.assign(world, await openWorld(options));
    await prepare(world);
  });
  after(async () => {
    await world.browser?.close();
    await world.hearth?.stop();
    world.app?.close();
  });
  return world;
};

/** Starts a world; with `isNew` one of its own, set up but with nothing in its projects, instead of the seeded one. */
export const openWorld = async ({ isNew = false } = {}) => {
  if (isNew) return makeWorld();
  const original = process.env.HEARTH_TEST_WORLD ?? makeFolder("world");
  if (!fs.existsSync(path.join(original, DONE))) await saveWorld(original);
  const folder = makeFolder("world");
  fs.cpSync(original, folder, { recursive: true });
  const facts = JSON.parse(fs.readFileSync(path.join(folder, DONE), "utf8"));
  return { ...(await start(folder)), ...facts };
};

/** Written last: who finds it finds all of it. */
const DONE = "world.json";

const saveWorld = async (folder) => {
  const made = await makeWorld();
  await seed(made);
  const { requests } = await readApi({ base: made.hearth.base, readToken: made.rich.token }, `/api/v1/projects/${made.rich.id}/traffic/requests?limit=1`);
  made.rich.request = requests[0].id;
  await made.browser.close();
  await made.hearth.stop();
  made.app.close();
  fs.cpSync(made.hearth.folder, folder, { recursive: true });
  const { rich, sparse, empty, state } = made;
  fs.writeFileSync(path.join(folder, DONE), JSON.stringify({ rich, sparse, empty, state }));
};

const makeWorld = async () => {
  const world = await start(makeFolder("world"));
  const { hearth, browser } = world;
  const state = await setUp(hearth, browser, ADMIN);
  // The project of the first start is the one that the proxy records for.
  const rich = { name: "rich", id: await projectId(hearth), key: hearth.projectKey, token: hearth.readToken, session: FULL_SESSION, user: USERS[0], person: `user:${USERS[0]}`, page: "/stoves", event: "add_to_cart", route: "/stoves" };
  const add = (name) => {
    const added = JSON.parse(runHearth(hearth.folder, ["--json", "project", "add", name]));
    return { name, id: added.id, key: added.project_key, token: added.read_token };
  };
  const sparse = { ...add("sparse"), session: "the-only-visit" };
  const empty = add("empty");
  if (state)   runHearth(hearth.folder, ["user", "add", VIEWER.name, "--role", `${rich.id}=viewer`, "--password-stdin"], `${VIEWER.password}\n`);
  return { ...world, rich, sparse, empty, state };
};

const start = async (folder) => {
  const app = await startApp();
  const proxyPort = await freePort();
  const hearth = await startHearth({ ...SETTINGS, PROXY__LISTEN: `127.0.0.1:${proxyPort}`, PROXY__UPSTREAM: `http://127.0.0.1:${app.port}` }, { folder });
  return { app, hearth, proxy: `http://127.0.0.1:${proxyPort}`, browser: await launchBrowser() };
};
