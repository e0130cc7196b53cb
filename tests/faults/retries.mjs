import { readHistory } from "./history.mjs";
import { projectOf, rowTypes } from "./batches.mjs";
import { get } from "./http.mjs";
import { checkStored, endWell, lastWords, prepare, sendAgain, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** Everything is sent three times, with a kill and a stop in between (trust.md D18): it is there once, and every number says so. */
const BATCH_ROWS = 50;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", events: 100_000 });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "thrice", plan: { bigPercent: 100 } });
  const batches = Math.ceil(options.events / BATCH_ROWS);
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: Math.floor(batches / 2), limitMs: 600_000 });
  // In the middle of the second half.
  const killed = sendNew(one, { batches: batches - one.sent, limitMs: 600_000, until: () => one.sent > batches * 0.75 });
  await killed;
  await one.server.end("SIGKILL");
  one.server.start();
  tally.check("ready after the kill", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: batches - one.sent, limitMs: 600_000 });
  for (const end of ["SIGTERM", "SIGKILL"]) {
    const again = await sendAgain(one, { isAll: true, limitMs: 600_000 });
    tally.check("all is taken again", again.refused === 0, again.refused);
    await one.server.end(end);
    one.server.start();
    tally.check(`ready after ${end}`, await one.server.ready(), lastWords(one));
  }
  const seen = await checkStored(tally, "acked = stored", one);
  const { sent, projectIds } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const expected = [...sent].reduce((sum, n) => sum + rowTypes(one.plan, n).length, 0);
  tally.check("exactly what was sent is stored", seen.stored === expected, `${seen.stored} of ${expected}`);
  await numbersAgree(one, projectIds);
  await endWell(tally, "thrice", one);
  tally.figure("retries rows sent three times", expected);
  tally.figure("retries rows stored", seen.stored);
});

/** What the API counts is what its lists hold, project by project. */
async function numbersAgree(one, projectIds) {
  const { sent } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  for (const [project, id] of projectIds) {
    const mine = [...sent].filter((n) => projectOf(one.plan, n) === project).flatMap((n) => rowTypes(one.plan, n));
    const totals = JSON.parse((await get(one.server.port, `/api/v1/projects/${id}/totals`)).text);
    const counted = Object.fromEntries(Object.entries(totals.events ?? totals.rows ?? {}).filter(([, value]) => typeof value === "number"));
    for (const type of ["click", "scroll", "move", "pageview", "custom"]) {
      const name = Object.keys(counted).find((key) => key.startsWith(type));
      const expected = mine.filter((row) => row === type).length;
      tally.check(`totals of ${type}`, counted[name] === expected, `${counted[name]} of ${expected} in ${JSON.stringify(totals).slice(0, 300)}`);
    }
  }
}
