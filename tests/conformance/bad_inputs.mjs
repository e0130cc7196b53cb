// Runs the bad inputs, surface by surface. Started by bad_inputs.sh.
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { runIngest } from "./bad_inputs/ingest.mjs";
import { runJwks } from "./bad_inputs/jwks.mjs";
import { runJwt } from "./bad_inputs/jwt.mjs";
import { runLogin } from "./bad_inputs/login.mjs";
import { runProxied } from "./bad_inputs/proxied.mjs";
import { runQueries } from "./bad_inputs/queries.mjs";
import { Tally } from "./bad_inputs/tally.mjs";
import { runTrack } from "./bad_inputs/track.mjs";
import { runWebsocket } from "./bad_inputs/websocket.mjs";

/** What runs the cases of a surface: `(cases, tally) => Promise`. */
const SURFACES = {
  ingest: runIngest, jwt: runJwt, jwks: runJwks, dashboard_query: runQueries, proxied_url: runProxied, proxied_header: runProxied,
  track: runTrack, login: runLogin, websocket: runWebsocket,
};

/** Other names of the same surface. */
const ALIASES = { query: "dashboard_query" };

const DEFAULT_CASES = fileURLToPath(new URL("corpus/bad-inputs-dev.jsonl", import.meta.url));

const main = async () => {
  const options = parseOptions(process.argv.slice(2));
  const cases = fs.readFileSync(options.cases, "utf8").split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line))
    .filter((one) => !options.only || options.only.has(one.name));
  const bySurface = groupBy(cases, surfaceOf);
  const tally = new Tally(options.verbose);
  for (const [surface, members] of bySurface) {
    if (options.surfaces && !options.surfaces.has(surface)) continue;
    const run = SURFACES[surface];
    if (run) await run(members, tally);
    else tally.skip(members.length, `surface ${surface}: nothing runs its cases yet`);
  }
  process.exit(tally.finish());
};

const surfaceOf = (one) => ALIASES[one.surface] ?? one.surface;

const groupBy = (items, keyOf) => {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
};

const parseOptions = (args) => {
  const options = { cases: DEFAULT_CASES, surfaces: undefined, only: undefined, verbose: false };
  const names = (text) => new Set(text.split(",").map((name) => ALIASES[name] ?? name));
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === "--cases" && args[i + 1]) options.cases = args[(i += 1)];
    else if (args[i] === "--surface" && args[i + 1]) options.surfaces = names(args[(i += 1)]);
    else if (args[i] === "--only" && args[i + 1]) options.only = new Set(args[(i += 1)].split(","));
    else if (args[i] === "--verbose") options.verbose = true;
    else {
      console.error(`unknown option ${args[i]}; usage: bad_inputs.sh [--cases FILE] [--surface NAME,..] [--only CASE,..] [--verbose]`);
      process.exit(2);
    }
  }
  return options;
};

await main();
