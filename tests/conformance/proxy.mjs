// Runs corpus/run_proxy_cases.py against one Hearth, once per listener, and adds the results up. Started by proxy.sh.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startHearth } from "../lib/hearth.mjs";
import { freePort } from "../lib/port.mjs";
import { killAtExit, makeFolder } from "../lib/scratch.mjs";

const RUNNER = fileURLToPath(new URL("corpus/run_proxy_cases.py", import.meta.url));
const CASES = fileURLToPath(new URL("corpus/proxy-cases-dev.jsonl", import.meta.url));

/** Where Hearth's own routes are; the last one is the default of traffic.dashboard.mount_path. */
const OWN_PATHS = [
  "/ingest", "/track", "/live", "/dashboard", "/api", "/login", "/logout", "/setup", "/static", "/hearth.js", "/healthz", "/readyz",
  "/metrics", "/version", "/batch", "/container-scripts", "/sdk-consent-policy", "/attribution", "/traffic-dashboard",
];

const main = async () => {
  const options = parseOptions(process.argv.slice(2));
  const [proxyPort, upstreamPort] = [await freePort(), await freePort()];
  const hearth = await startHearth({
    PROXY__LISTEN: `127.0.0.1:${proxyPort}`,
    PROXY__UPSTREAM: `http://127.0.0.1:${upstreamPort}`,
  });
  const cases = readCases(options);
  const listeners = [
    { name: "proxy", port: proxyPort, cases: cases.filter((each) => !isForOwnRoute(each)) },
    { name: "server", port: hearth.port, cases: cases.filter(isForOwnRoute) },
  ];
  const folder = makeFolder("proxy-cases");
  const verdicts = [];
  for (const listener of listeners.filter(({ cases }) => cases.length > 0)) {
    verdicts.push(...(await runCases(listener, upstreamPort, folder, options)));
  }
  const passed = verdicts.filter(({ verdict }) => verdict === "pass").length;
  let failed = cases.length - passed;
  await hearth.stop().catch((error) => { failed += 1; console.log(`FAIL hearth: ${error.message}`); });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
};

const parseOptions = (args) => {
  const options = { cases: CASES, only: [], verbose: false };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === "--cases" && args[i + 1]) options.cases = args[(i += 1)];
    else if (args[i] === "--only" && args[i + 1]) options.only = args[(i += 1)].split(",");
    else if (args[i] === "--verbose") options.verbose = true;
    else throw new Error(`unknown or empty option: ${args[i]}`);
  }
  return options;
};

const readCases = ({ cases, only }) => {
  const lines = fs.readFileSync(cases, "utf8").split("\n").filter((line) => line.trim());
  return lines.map((line) => JSON.parse(line)).filter(({ name }) => only.length === 0 || only.includes(name));
};

/** Whether a case is about one of Hearth's own routes, which are not behind the proxy. */
const isForOwnRoute = ({ scope, send }) => {
  const target = /[A-Z]+ (\/[^ ?]*)\S* HTTP\//.exec(send)?.[1];
  return scope === "hearth" && OWN_PATHS.some((own) => target === own || target?.startsWith(`${own}/`));
};

/** Runs cases one after the other and gives the runner's verdict of each; without a report all of them failed. */
const runCases = async ({ name, port, cases }, upstreamPort, folder, { verbose }) => {
  const [casesFile, report] = [path.join(folder, `${name}.jsonl`), path.join(folder, `${name}.json`)];
  fs.writeFileSync(casesFile, cases.map((each) => `${JSON.stringify(each)}\n`).join(""));
  console.log(`${name}: ${cases.length} cases`);
  const where = ["--proxy", `127.0.0.1:${port}`, "--upstream-port", String(upstreamPort)];
  const what = ["--cases", casesFile, "--scope", "all", "--json", report, ...(verbose ? ["-v"] : [])];
  const code = await run("python3", [RUNNER, ...where, ...what]);
  if (code === 0 && fs.existsSync(report)) return JSON.parse(fs.readFileSync(report, "utf8"));
  console.log(`FAIL ${name}: the runner ended with ${code}`);
  return [];
};

const run = (program, args) =>
  new Promise((resolve) => {
    const child = killAtExit(spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] }));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });

await main();
