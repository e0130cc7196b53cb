import { statSync } from "node:fs";
import { checkStored, endWell, lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** A file has one server (trust.md D15): who comes second ends within a second, with EX_UNAVAILABLE, and disturbs nothing. */
const EXIT_LIMIT_MS = 1000;
const EX_UNAVAILABLE = 69;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", rounds: 20 });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "first" });
  one.server.start();
  tally.check("the first is ready", await one.server.ready(), lastWords(one));
  const loading = sendNew(one, { connections: 4, limitMs: 60_000, until: () => isOver });
  let isOver = false;
  let slowestMs = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    const second = new Hearth({ ...options, database: one.server.database, port: await freePort(), log: `${one.logPath}.second` });
    second.start();
    const end = await second.exit(5000);
    tally.check(`round ${round}: exit code ${EX_UNAVAILABLE}`, end?.code === EX_UNAVAILABLE, JSON.stringify(end));
    slowestMs = Math.max(slowestMs, (end?.at ?? Infinity) - second.startedAt);
    if (second.running) await second.end("SIGKILL");
  }
  tally.check(`each ended within ${EXIT_LIMIT_MS} ms`, slowestMs <= EXIT_LIMIT_MS, `${slowestMs} ms`);
  tally.check("it says why", /another Hearth/.test(lastWords({ logPath: `${one.logPath}.second` })));
  tally.check("the lock is the owner's alone", (statSync(`${one.server.database}.lock`).mode & 0o077) === 0);
  isOver = true;
  const statuses = await loading;
  tally.check("the first noticed nothing", [...statuses.keys()].every((status) => status === 200), JSON.stringify([...statuses]));
  await checkStored(tally, "acked = stored", one);
  await endWell(tally, "the first", one);
  tally.figure("second_start starts", options.rounds);
  tally.figure("second_start slowest exit ms", Math.round(slowestMs));
});
