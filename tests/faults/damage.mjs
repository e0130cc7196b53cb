import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../lib/random.mjs";
import { projectOf } from "./batches.mjs";
import { compare } from "./compare.mjs";
import { readHistory } from "./history.mjs";
import { get } from "./http.mjs";
import { hasPanicked, lastWords, prepare, sendNew } from "./instance.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/**
 * A damaged file (trust.md D14): one byte of one page is another, or the log ends in the middle.
 *
 * Whatever is damaged, no thread panics, and a wrong answer never comes without a warning. What counts as one: a start that is
 * refused, an answer of 5xx, a process that ends with a code, or damage that the answers themselves cannot show because
 * every row is still there as it was. SQLite has no checksums of pages in the file: a byte inside a value can change it without anybody
 * noticing; those trials are counted as `unnoticed`, and are few, because most bytes have a meaning for Hearth's decoders.
 */
const PAGE_BYTES = 4096;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", pages: 50, cuts: 100, seed: Date.now() % 1_000_000 });
const tally = new Tally();
const random = new Random(options.seed);
const seen = { harmless: 0, refused: 0, told: 0, unnoticed: 0, byCheck: 0 };

await tally.run(async () => {
  console.log(`seed ${options.seed}`);
  const one = await goodFile();
  for (let i = 0; i < options.pages; i += 1) await flippedByte(one, i);
  let recovered = 0;
  for (let i = 0; i < options.cuts; i += 1) recovered += await cutLog(one, i);
  for (const [name, count] of Object.entries(seen)) tally.figure(`damage flipped bytes ${name}`, count);
  tally.check("no flipped byte changed an answer without a trace", seen.unnoticed === 0, seen.unnoticed);
  tally.figure("damage logs cut", options.cuts);
  tally.figure("damage logs cut and the rest served", recovered);
});

/** A database with its log: the process was killed. `good.db` is the same with the log copied into it. */
async function goodFile() {
  const one = await prepare({ ...options, label: "good", settings: { HEARTH_STORAGE__WAL_LIMIT: "64MiB" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 600 });
  await one.server.end("SIGTERM");
  one.clean = join(options.work, "clean.db");
  copyFileSync(one.server.database, one.clean);
  one.server.start();
  await one.server.ready();
  one.cleanBatches = one.sent;
  await sendNew(one, { batches: 100, connections: 2 });
  await one.server.end("SIGKILL");
  one.withLog = join(options.work, "with-log.db");
  copyFileSync(one.server.database, one.withLog);
  copyFileSync(`${one.server.database}-wal`, `${one.withLog}-wal`);
  tally.check("there is a log to cut", statSync(`${one.withLog}-wal`).size > 50_000, statSync(`${one.withLog}-wal`).size);
  return one;
}

async function flippedByte(one, i) {
  const bytes = readFileSync(one.clean);
  const page = random.integer(0, bytes.length / PAGE_BYTES - 1);
  const at = page * PAGE_BYTES + random.integer(0, PAGE_BYTES - 1);
  const value = bytes[at] ^ (1 << random.integer(0, 7));
  bytes[at] = value;
  const trial = await place(one, `flip-${i}`, () => bytes, null);
  const name = `flip ${i} (page ${page + 1}, byte ${at % PAGE_BYTES})`;
  const integrity = await integrityCheck(trial.server.database);
  trial.server.start();
  const isUp = await trial.server.ready(10_000);
  let outcome = "refused";
  if (isUp) {
    const answers = await ask(trial, one);
    outcome = answers === "same" ? "harmless" : answers === "told" ? "told" : "unnoticed";
    if (outcome === "unnoticed" && integrity !== "ok") outcome = "byCheck";
    if (outcome === "unnoticed") console.log(`${name}: ${answers}`);
    // The writer meets pages that readers do not.
    await sendNew(trial, { batches: 10, connections: 2, limitMs: 3000 });
  }
  seen[outcome] += 1;
  await over(trial, name, outcome === "refused");
}

/** Serves the file while its log is shorter: all of a commit or nothing of it is there, and never less than the file has. */
async function cutLog(one, i) {
  const trial = await place(one, `cut-${i}`, () => readFileSync(one.withLog), `${one.withLog}-wal`);
  const wal = `${trial.server.database}-wal`;
  const length = i === 0 ? 0 : random.integer(1, statSync(wal).size - 1);
  truncateSync(wal, length);
  const name = `log cut to ${length}`;
  trial.server.start();
  let served = 0;
  if (tally.check(`${name}: starts`, await trial.server.ready(), lastWords(trial))) {
    const found = await compare({ port: trial.server.port, plan: one.plan, historyPath: withoutLate(one) });
    tally.check(`${name}: what was in the file is there, once and whole`, found.lost + found.duplicated + found.foreign + found.torn === 0, JSON.stringify(found));
    served = 1;
  }
  await over(trial, name, false);
  return served;
}

/** The history, with what came after the clean copy as sent only: a cut log may or may not hold it. */
function withoutLate(one) {
  const path = join(options.work, "history-cut.log");
  if (!existsSync(path)) {
    const lines = readFileSync(one.historyPath, "utf8").split("\n").filter((line) => !line.startsWith("a ") || Number(line.split(" ")[1]) < one.cleanBatches);
    writeFileSync(path, lines.join("\n"));
  }
  return path;
}

async function place(one, label, bytes, wal) {
  const folder = join(options.work, "trial");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const trial = await prepare({ ...options, folder, label });
  writeFileSync(trial.server.database, bytes(), { mode: 0o600 });
  if (wal !== null) copyFileSync(wal, `${trial.server.database}-wal`);
  return trial;
}

/** Asks for every row: "same", "told" (an error was answered, or the process ended with a code), or what is wrong. */
async function ask(trial, one) {
  const { projectIds } = readHistory(one.historyPath, (n) => projectOf(one.plan, n));
  const paths = [...projectIds.values()].flatMap((id) => ["events?limit=1000", "sessions", "heatmap", "heatmap?type=scroll"].map((end) => `/api/projects/${encodeURIComponent(id)}/${end}`));
  const good = await (one.answers ??= goodAnswers(one, paths));
  for (const path of paths) {
    const answer = await get(trial.server.port, path).catch((error) => ({ status: 599, text: error.message }));
    if (answer.status >= 500) return "told";
    if (answer.text !== good.get(path)) return `${path} answers otherwise: ${answer.status} ${difference(answer.text, good.get(path))}`;
  }
  return "same";
}

function difference(a, b) {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return `at ${at}: ${JSON.stringify(a.slice(at, at + 60))} for ${JSON.stringify(b.slice(at, at + 60))}`;
}

async function goodAnswers(one, paths) {
  const undamaged = await place(one, "undamaged", () => readFileSync(one.clean), null);
  undamaged.server.start();
  await undamaged.server.ready();
  const answers = new Map();
  for (const path of paths) answers.set(path, (await get(undamaged.server.port, path)).text);
  await undamaged.server.end("SIGTERM");
  return answers;
}

async function over(trial, name, isRefused) {
  const end = trial.server.running ? await trial.server.end("SIGTERM") : await trial.server.exit(1);
  tally.check(`${name}: ends by itself`, end !== null && end.signal === null, JSON.stringify(end));
  if (trial.server.running) await trial.server.end("SIGKILL");
  if (isRefused) tally.check(`${name}: a refused start has a code and a word`, end?.code > 0 && /error|cannot|damaged|malformed/i.test(lastWords(trial)), lastWords(trial));
  await pause(0);
  tally.check(`${name}: no panic`, !hasPanicked(trial) && end?.code !== 101, lastWords(trial, 1500));
}
