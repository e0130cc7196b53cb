// Runs the cases of the Datalyr protocol against a real Hearth. Started by datalyr.sh.
import { attribution } from "./datalyr/attribution.mjs";
import { deduplication } from "./datalyr/deduplication.mjs";
import { identity } from "./datalyr/identity.mjs";
import { normalisation } from "./datalyr/normalisation.mjs";
import { runReplay } from "./datalyr/replay.mjs";
import { time } from "./datalyr/time.mjs";
import { transport } from "./datalyr/transport.mjs";
import { startWorld } from "./datalyr/world.mjs";
import { Tally } from "./bad_inputs/tally.mjs";
import { expectHealthy } from "./bad_inputs/watch.mjs";

/** `[title, check]` by the number in datalyr.md chapter 12. Case 40 is a Rust test: it needs another clock. */
const CASES = { ...transport, ...normalisation, ...deduplication, ...time, ...identity, ...attribution };

const main = async () => {
  const { only, verbose } = parseOptions(process.argv.slice(2));
  const tally = new Tally(verbose);
  const isWanted = (name) => !only || only.has(name);
  const numbers = Object.keys(CASES).filter(isWanted);
  if (numbers.length > 0) {
    const world = await startWorld();
    for (const number of numbers) {
      const [title, check] = CASES[number];
      await tally.run(`case ${number.padStart(2, "0")} ${title}`, async () => {
        await check(world);
        await expectHealthy(world.hearth);
      });
    }
    await tally.run("datalyr: Hearth stops in good order", () => world.hearth.stop());
  }
  if (isWanted("replay")) await runReplay(tally);
  process.exit(tally.finish());
};

const parseOptions = (args) => {
  const options = { only: undefined, verbose: false };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === "--only" && args[i + 1]) options.only = new Set(args[(i += 1)].split(",").map((name) => name.replace(/^0+(?=\d)/, "")));
    else if (args[i] === "--verbose") options.verbose = true;
    else {
      console.error(`unknown option ${args[i]}; usage: datalyr.sh [--only NUMBER|replay,..] [--verbose]`);
      process.exit(2);
    }
  }
  return options;
};

await main();
