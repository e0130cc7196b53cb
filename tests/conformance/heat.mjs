// Runs corpus/heat_diff.mjs once per server configuration, each against a fresh Hearth, and adds the results up.
// Started by heat.sh; every option but --config, --corpus, --base and --json goes through to heat_diff as it is.
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startHearth } from "../lib/hearth.mjs";
import { newKeyPair } from "../lib/keys.mjs";
import { freePort, listenOnLoopback } from "../lib/port.mjs";
import { killAtExit, makeFolder } from "../lib/scratch.mjs";

const corpusFile = (name) => fileURLToPath(new URL(`corpus/${name}`, import.meta.url));

const main = async () => {
  const options = parseOptions(process.argv.slice(2));
  const configs = JSON.parse(fs.readFileSync(corpusFile("heat-configs.json"), "utf8"));
  delete configs.note;
  const known = options.configs.length ? options.configs : configsOf(options.corpora);
  const keys = await serveKeys();
  let passed = 0;
  let failed = 0;
  for (const name of known) {
    const scope = [...options.passedOn, ...options.corpora.flatMap((file) => ["--corpus", file]), ...(name === "default" ? [] : ["--config", name])];
    if ((await countScenarios(scope)) === 0) continue;
    if (!configs[name]) {
      console.log(`FAIL config ${name}: not in heat-configs.json`);
      failed += 1;
      continue;
    }
    const hearth = await startHearth(await settingsFor(configs[name], keys.port));
    const report = options.json ? ["--json", `${options.json}.${name}`] : [];
    const result = await heatDiff(["--base", hearth.base, ...report, ...scope]);
    const [, good, bad] = /(\d+) passed, (\d+) failed\s*$/.exec(result.output) ?? [undefined, 0, 1];
    passed += Number(good);
    failed += Number(bad);
    console.log(`${name}: ${result.output.trimEnd().split("\n").join(`\n${name}: `)}`);
    await hearth.stop().catch((error) => { failed += 1; console.log(`FAIL config ${name}: ${error.message}`); });
  }
  keys.server.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
};

/** Splits what this runner decides (corpus, configuration, report) from what heat_diff gets unchanged. */
const parseOptions = (args) => {
  const options = { corpora: [], configs: [], json: undefined, passedOn: [] };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === "--corpus") options.corpora.push(args[(i += 1)]);
    else if (args[i] === "--config") options.configs.push(args[(i += 1)]);
    else if (args[i] === "--json") options.json = args[(i += 1)];
    else options.passedOn.push(args[i]);
  }
  if (options.corpora.length === 0) options.corpora.push(corpusFile("heat-corpus-dev.jsonl"));
  return options;
};

/** The configurations that the scenarios name, the default one first. */
const configsOf = (corpora) => {
  const names = new Set(["default"]);
  for (const file of corpora) {
    for (const line of fs.readFileSync(file, "utf8").split("\n")) {
      if (line.trim()) names.add(JSON.parse(line).config ?? "default");
    }
  }
  return [...names];
};

/** Serves the corpus's test keys from a key file of this run's own, which the runner's children share. */
const serveKeys = async () => {
  process.env.TMPDIR = makeFolder("keys");
  const keys = Object.fromEntries(["k1", "k2", "nokid", "stranger"].map((name) => [name, newKeyPair().privateJwk]));
  fs.writeFileSync(path.join(process.env.TMPDIR, "heat-jwks-keys.json"), JSON.stringify(keys));
  const { jwks } = await import("./corpus/jwks.mjs");
  const bodies = { "/jwks.json": JSON.stringify(jwks()), "/empty.json": '{"keys":[]}', "/broken.json": "{nope" };
  const server = http.createServer((request, response) => {
    const body = bodies[request.url];
    response.writeHead(body === undefined ? 500 : 200, { "content-type": "application/json" });
    response.end(body ?? "{}");
  });
  return { server, port: await listenOnLoopback(server) };
};

/** Translates one entry of heat-configs.json into Hearth's settings; the rest of them opens what the original left open. */
const settingsFor = async (config, keysPort) => {
  const settings = {
    HEAT__OPEN_READS: true,
    HEAT__AUTO_CREATE_PROJECTS: true,
    HEAT__STRICT_JSON: false,
    HEAT__MAX_PROJECTS: 100_000,
    HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: 1_000_000,
    HEAT__AUTH: config.auth === "projectKey" ? "project_key" : config.auth,
  };
  if (config.maxBodyBytes) settings.HEAT__MAX_BODY_BYTES = config.maxBodyBytes;
  if (config.rateLimit) {
    settings.HEAT__RATE_LIMIT__MAX = config.rateLimit.max;
    settings.HEAT__RATE_LIMIT__WINDOW = `${config.rateLimit.windowMs / 1000}s`;
  }
  if (config.jwksUrl) {
    const url = new URL(config.jwksUrl.split(" ")[0]);
    url.port = config.needs ? keysPort : await freePort();
    Object.assign(settings, {
      HEAT__JWT__JWKS_URL: url.href,
      HEAT__JWT__ISSUER: config.issuer,
      HEAT__JWT__AUDIENCE: config.audience,
      HEAT__JWT__ALLOW_HTTP: true,
      HEAT__JWT__ALLOW_PRIVATE_ADDRESS: true,
      HEAT__JWT__HEAT_COLLECTOR_RULES: true,
    });
  }
  return settings;
};

const countScenarios = async (scope) => {
  const { output } = await heatDiff([...scope, "--list"]);
  return Number(/(\d+) of \d+ scenarios\s*$/.exec(output)?.[1] ?? 0);
};

const heatDiff = (args) =>
  new Promise((resolve) => {
    const child = killAtExit(spawn(process.execPath, [corpusFile("heat_diff.mjs"), ...args], { stdio: ["ignore", "pipe", "inherit"] }));
    let output = "";
    child.stdout.on("data", (data) => { output += data; });
    child.once("close", (code) => resolve({ code, output }));
  });

await main();
