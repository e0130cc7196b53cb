import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { hasPanicked, lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** What is left out: `negative_data_rejection` demands that a parameter nobody knows is refused; Hearth ignores it, as its description says. */
const LEFT_OUT = "unsupported_method,negative_data_rejection,positive_data_acceptance";

const options = readOptions(process.argv.slice(2), { binary: "", work: "", schemathesis: "", examples: 200, seed: 1 });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "contract", settings: { HEARTH_HEAT__OPEN_READS: "false" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 100 });
  const token = /read token:\s*(\S+)/.exec(readFileSync(one.logPath, "utf8"))[1];
  const words = ["run", `http://127.0.0.1:${one.server.port}/api/openapi.json`, "--header", `Authorization: Bearer ${token}`, "--checks", "all", "--exclude-checks", LEFT_OUT,
    "--max-examples", String(options.examples), "--seed", String(options.seed), "--workers", "2", "--request-timeout", "20", "--no-color", "--suppress-health-check", "all"];
  const child = spawn(options.schemathesis, words, { cwd: options.work, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output = (output + data).slice(-400_000)));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  tally.check("schemathesis found nothing", code === 0, output.slice(-6000));
  tally.check("it lives", one.server.running);
  tally.check("no panic", !hasPanicked(one), lastWords(one));
  for (const line of output.match(/^.*(Operations|Test cases|generated|Tested|Selected):?.*$/gim) ?? []) tally.figure("api_contract", line.trim());
  await one.server.end("SIGTERM");
});
