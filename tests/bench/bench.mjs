import { Figures } from "./figures.mjs";
import { readOptions } from "./options.mjs";
import { stopAll } from "./servers.mjs";

/** Loaded when they are asked for: not all of them need the packages that a machine must build. */
const BENCHES = {
  startup: async () => (await import("./startup.mjs")).measureStartup,
  storage: async () => (await import("./storage.mjs")).measureStorage,
  ingest: async () => (await import("./ingest.mjs")).measureIngest,
  limit: async () => (await import("./limit.mjs")).measureLimit,
  heatmap: async () => (await import("./heatmap.mjs")).measureHeatmap,
  proxy: async () => (await import("./proxy.mjs")).measureProxy,
  traffic: async () => (await import("./traffic.mjs")).measureTraffic,
  track: async () => (await import("./track.mjs")).measureTrack,
  screens: async () => (await import("./screens.mjs")).measureScreens,
  soak: async () => (await import("./soak.mjs")).measureSoak,
  overload: async () => (await import("./overload.mjs")).measureOverload,
};

/** Too long to be part of all. */
const ALONE = ["soak", "overload"];

/** How long a load is, unless it is said: for most, and for `overload`. */
const SECONDS = 5;
const OVERLOAD_SECONDS = 300;

const [name, ...rest] = process.argv.slice(2);
const options = readOptions(rest, {
  binary: "",
  "traffic-fill": "",
  "track-fill": "",
  "visits-fill": "",
  work: "",
  seconds: 0,
  minutes: 60,
  share: 0.5,
  group: "",
  core: "",
  sizes: "100000,1000000,10000000",
  "peer-sizes": "100000,1000000",
  "peer-journal": "delete",
  "request-sizes": "100000,10000000",
  "person-sizes": "1000,1000000",
  events: 10_000_000,
  requests: 10_000_000,
  rounds: 5,
  "round-seconds": 2,
});
if (options.seconds === 0) options.seconds = name === "overload" ? OVERLOAD_SECONDS : SECONDS;
const figures = new Figures(options);
const chosen = name === "all" ? Object.keys(BENCHES).filter((bench) => !ALONE.includes(bench)) : [name];

try {
  for (const bench of chosen) {
    const measure = await BENCHES[bench]();
    await measure(options, figures);
  }
} catch (error) {
  console.log(`FAILED ${error.stack}`);
  process.exitCode = 1;
} finally {
  await stopAll();
  figures.write();
  // Apps that stand behind the proxy go on listening.
  setImmediate(() => process.exit());
}
