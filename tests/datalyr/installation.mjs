// A Hearth with the two projects of datalyr.md chapter 12: P1 (a list of origins) and P2 (none), made with the commands.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { binary, launchHearth, startHearth } from "../lib/hearth.mjs";
import { makeFolder } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";
import { Reader } from "./reader.mjs";

/** The one origin whose pages may send to P1. */
export const ORIGIN = "http://127.0.0.1:8790";

const PROJECTS = [
  { name: "P1", key: "dk_test_K1_0123456789abcdef", workspace: "ws_1", origins: [ORIGIN] },
  { name: "P2", key: "dk_test_K2_0123456789abcdef", workspace: "ws_2", origins: [] },
];

/** An address of this machine is believed to be a proxy's, so that cases can come from elsewhere. */
const SETTINGS = { SERVER__TRUSTED_PROXIES: "127.0.0.1" };

/**
 * Starts Hearth with both projects.
 *
 * `origins` are allowed for P1 beside the usual one; with `isReady` false the server is expected to live, and not to be
 * ready. Returns `{hearth, p1, p2, restart}`; each project has `id`, `key`,
 * `workspace`, `token` and `read`, a `Reader`. `restart(end)` ends the process (by `end`, a method name of Hearth's:
 * "stop" or "kill") and starts it again on the same file and port.
 */
export const startInstallation = async (settings = {}, { origins = [], isReady = true } = {}) => {
  const folder = makeFolder("datalyr");
  const made = PROJECTS.map((project) => makeProject(folder, project, project.origins.length ? origins : []));
  const start = isReady ? startHearth : startUnready;
  const installation = { hearth: await start({ ...SETTINGS, ...settings }, { folder }) };
  for (const project of made) {
    installation[project.name.toLowerCase()] = { ...project, read: new Reader(installation, project) };
  }
  installation.restart = async (end = "stop", changed = settings) => {
    const { port } = installation.hearth;
    await installation.hearth[end]();
    installation.hearth = await startHearth({ ...SETTINGS, ...changed }, { folder, port });
  };
  return installation;
};

const startUnready = async (settings, reuse) => {
  const hearth = await launchHearth(settings, reuse);
  await until("GET /healthz answers 200", async () => (await fetch(`${hearth.base}/healthz`)).status === 200, { withinMs: 20_000 });
  return hearth;
};

const makeProject = (folder, { name, key, workspace, origins }, more) => {
  const lists = [...origins, ...more].flatMap((origin) => ["--origin", origin]);
  const added = JSON.parse(runHearth(folder, ["--json", "project", "add", name, "--workspace", workspace, ...lists]));
  runHearth(folder, ["key", "create", "--project", name, "--value-stdin"], `${key}\n`);
  const token = JSON.parse(runHearth(folder, ["--json", "token", "create", "--project", name])).read_token;
  return { name, id: added.id, key, workspace, token };
};

/** Runs one command of the binary on the file in `folder` and returns what it printed. */
export const runHearth = (folder, args, input = "") => {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_")));
  const env = { ...inherited, HEARTH_STORAGE__PATH: path.join(folder, "hearth.db"), HEARTH_LOG__LEVEL: "warn" };
  const { status, stdout, stderr, error } = spawnSync(binary(), args, { cwd: folder, env, input, encoding: "utf8" });
  if (status !== 0) throw new Error(`hearth ${args.join(" ")}: ${error?.message ?? `exit code ${status}`} ${stderr}`);
  return stdout;
};
