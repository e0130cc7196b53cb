import { Figures } from "./figures.mjs";
import { measureHeatmap } from "./heatmap.mjs";
import { measureIngest } from "./ingest.mjs";
import { measureLimit } from "./limit.mjs";
import { readOptions } from "./options.mjs";
import { measureProxy } from "./proxy.mjs";
import { stopAll } from "./servers.mjs";
import { measureStartup } from "./startup.mjs";
import { measureStorage } from "./storage.mjs";
import { measureTraffic } from "./traffic.mjs";

const BENCHES = {
  startup: measureStartup,
  storage: measureStorage,
  ingest: measureIngest,
  limit: measureLimit,
  heatmap: measureHeatmap,
  proxy: measureProxy,
  traffic: measureTraffic,
};

const [name, ...rest] = process.argv.slice(2);
const options = readOptions(rest, {
  binary: "",
  "traffic-fill": "",
  work: "",
  seconds: 5,
  sizes: "100000,1000000,10000000",
  "peer-sizes": "100000,1000000",
  "peer-journal": "delete",
  "request-sizes": "100000,10000000",
  rounds: 5,
  "round-seconds": 2,
});
const figures = new Figures(options);
const chosen = name === "all" ? Object.keys(BENCHES) : [name];

try {
  for (const bench of chosen) await BENCHES[bench](options, figures);
} catch (error) {
  console.log(`FAILED ${error.stack}`);
  process.exitCode = 1;
} finally {
  await stopAll();
  figures.write();
}
