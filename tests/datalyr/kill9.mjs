// Browsers and servers send while Hearth is killed and started again: every event is there in the end, once.
//
//   HEARTH_BIN=target/debug/hearth node tests/datalyr/kill9.mjs [--cycles 10] [--seed N]
import { Tally, expect } from "../conformance/bad_inputs/tally.mjs";
import { expectHealthy } from "../conformance/bad_inputs/watch.mjs";
import { readOptions } from "../faults/options.mjs";
import { Random } from "../lib/random.mjs";
import { startInstallation } from "./installation.mjs";
import { Browsing, Ledger, Serving } from "./traffic.mjs";

/** When in a cycle the process is killed, in milliseconds. */
const KILL_AFTER_MS = { least: 100, most: 900 };

const BROWSERS = 6;
const SERVERS = 2;

const options = readOptions(process.argv.slice(2), { cycles: 10, seed: Date.now() % 1_000_000 });
const random = new Random(options.seed);
const tally = new Tally();
const installation = await startInstallation();
const ledger = new Ledger();
console.log(`seed ${options.seed}, ${options.cycles} cycles`);

const actors = [
  ...Array.from({ length: BROWSERS }, (_, n) => new Browsing(installation, random.fork(), ledger, n)),
  ...Array.from({ length: SERVERS }, (_, n) => new Serving(installation, random.fork(), ledger, n)),
];
for (let cycle = 0; cycle < options.cycles; cycle += 1) {
  await tally.run(`kill9 cycle ${cycle}`, async () => {
    await new Promise((resolve) => setTimeout(resolve, random.integer(KILL_AFTER_MS.least, KILL_AFTER_MS.most)));
    expect(installation.hearth.isAlive(), "it ended by itself");
    await installation.restart("kill");
    await expectHealthy(installation.hearth);
  });
}
for (const actor of actors) actor.stop();
await Promise.all(actors.map(({ done }) => done));

const compared = async () => {
  const { lost, doubled, strange } = ledger.compare(await installation.p1.read.events());
  expect(lost.length === 0 && doubled.length === 0 && strange.length === 0, `${lost.length} lost (${lost[0]}), ${doubled.length} twice (${doubled[0]}), ${strange.length} strange (${strange[0]})`);
};

await tally.run("no client was refused for good", () => {
  const dropped = actors.flatMap((actor) => actor.dropped);
  expect(dropped.length === 0, `${dropped.length}, the first with ${dropped[0]?.status}`);
});
await tally.run("every event is there, once", compared);
await tally.run("what is counted is what is there", async () => {
  const totals = await installation.p1.read.totals();
  expect(totals.events === ledger.size, `${totals.events} instead of ${ledger.size}`);
  expect(totals.quarantined === 0, `${totals.quarantined} quarantined`);
});
await tally.run("and after a stop in good order", async () => {
  await installation.restart("stop");
  await compared();
  await installation.hearth.stop();
});
const statuses = new Map();
for (const actor of actors) for (const [status, count] of actor.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
console.log(`events ${ledger.size}, answers ${JSON.stringify([...statuses])}`);
process.exit(tally.finish());
