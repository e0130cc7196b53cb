import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { Random } from "../lib/random.mjs";
import { batchBody, makePlan, projectKey, projectOf } from "./batches.mjs";
import { compare } from "./compare.mjs";
import { makeImage } from "./image.mjs";
import { hasPanicked, lastWords, prepare } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { pause } from "./server.mjs";
import { Tally } from "./tally.mjs";
import { readWriteLog } from "./write_log.mjs";

/**
 * Power cuts, made from the order of system calls (trust.md D2, D3).
 *
 * Hearth works under strace, which notes every write to the database and its log, every sync, and every answer. An image
 * is what a disk could hold at some moment of it: all that was synced by then, and of the rest nothing (D2), or any
 * part, cut at sectors of 512 bytes (D3). Each image is opened by SQLite, must be sound, and must hold all that was
 * acknowledged before that moment; some are also served by Hearth, which is then asked the same.
 */
const BATCHES = 700;
/** Every so many images of each kind are served by Hearth itself. */
const SERVED_EVERY = 25;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", lost: 100, torn: 500, seed: Date.now() % 1_000_000 });
const tally = new Tally();
const random = new Random(options.seed);
const totals = { acked: 0, lostAcked: 0, unsound: 0, pieces: 0, served: 0 };

await tally.run(async () => {
  console.log(`seed ${options.seed}`);
  const run = await recordRun();
  const log = await readWriteLog(run.trace, run.one.server.database, join(options.work, "start.db"));
  tally.check("the run was acknowledged and traced", run.acks.size >= BATCHES * 0.9 && log.answers.size >= run.acks.size * 0.99, `${run.acks.size} acked, ${log.answers.size} answers traced`);
  tally.check("the run began its log anew", log.restarts > 0, log.restarts);
  const ackedAt = [...run.acks].filter(([id]) => log.answers.has(id)).map(([id, n]) => ({ n, at: log.answers.get(id) })).sort((a, b) => a.at - b.at);
  tally.figure("crash_images system calls", log.operations.length);
  tally.figure("crash_images acks with a place in the order", ackedAt.length);
  await images("lost", options.lost, run.one, log, ackedAt);
  await images("torn", options.torn, run.one, log, ackedAt);
  tally.figure("crash_images acked batches asked for", totals.acked);
  tally.figure("crash_images acked batches lost", totals.lostAcked);
  tally.figure("crash_images images unsound", totals.unsound);
  tally.figure("crash_images unsynced writes kept in part or whole", totals.pieces);
  tally.figure("crash_images images served by Hearth", totals.served);
});

/** A load under strace, on a file with its schema; a small log, so that it is copied and begun anew many times. */
async function recordRun() {
  const one = await prepare({ ...options, label: "run", settings: { HEARTH_STORAGE__WAL_LIMIT: "1MiB" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await one.server.end("SIGTERM");
  copyFileSync(one.server.database, join(options.work, "start.db"));
  const trace = join(options.work, "run.strace");
  const calls = "pwrite64,pwritev,fdatasync,fsync,ftruncate,sendto,write,writev";
  one.server.start(["strace", "-D", "-f", "-q", "-y", "-ttt", "-xx", "-s", "70000", "-e", "signal=none", "-e", `trace=${calls}`, "-o", trace]);
  tally.check("ready under strace", await one.server.ready(30_000), lastWords(one));
  one.plan = makePlan({ label: "run", baseMs: one.plan.baseMs, bigPercent: 15, projects: 2 });
  const acks = await sendNoting(one);
  await one.server.end("SIGTERM", 60_000);
  await pause(500);
  return { one, trace, acks };
}

/** Sends batches over four connections; resolves to the batch that each acknowledgement's request id is about. */
async function sendNoting(one) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const acks = new Map();
  one.projectIds = new Map();
  let next = 0;
  await Promise.all(Array.from({ length: 4 }, async () => {
    while (next < BATCHES) {
      const n = next++;
      const answer = await post(one.server.port, projectKey(one.plan, projectOf(one.plan, n)), batchBody(one.plan, n), agent);
      if (answer.status !== 200) continue;
      acks.set(answer.id, n);
      one.projectIds.set(projectOf(one.plan, n), JSON.parse(answer.text).projectId);
    }
  }));
  agent.destroy();
  return acks;
}

function post(port, key, body, agent) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-project-key": key, "content-length": Buffer.byteLength(body) };
    const sent = request({ host: "127.0.0.1", port, path: "/ingest", method: "POST", agent, headers }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      resolve({ status: answer.statusCode, id: answer.headers["x-request-id"], text });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function images(kind, count, one, log, ackedAt) {
  const folder = join(options.work, kind);
  let failed = 0;
  for (let i = 0; i < count; i += 1) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const database = join(folder, "run.db");
    const at = random.integer(log.operations[0].begin, log.lastLine);
    const image = makeImage(log, at, kind === "torn" ? random : null);
    totals.pieces += image.kept;
    writeFileSync(database, image.database);
    if (image.wal.length > 0) writeFileSync(`${database}-wal`, image.wal);
    const acked = ackedAt.filter((ack) => ack.at <= at).map(({ n }) => n);
    totals.acked += acked.length;
    const isServed = i % SERVED_EVERY === SERVED_EVERY - 1;
    const served = isServed ? copyOf(folder) : null;
    const problem = await judged(database, acked, one);
    if (problem !== null) {
      failed += 1;
      if (failed <= 3) console.log(`FAILED ${kind} image ${i} at line ${at}: ${problem}`);
    }
    if (isServed) await serve(`${kind} image ${i}`, served, acked, one);
  }
  tally.check(`${kind}: ${count} images are sound and hold what was acknowledged`, failed === 0, `${failed} are not`);
  tally.figure(`crash_images images ${kind}`, count);
}

function copyOf(folder) {
  const copy = `${folder}-served`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const name of ["run.db", "run.db-wal"]) if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
  return join(copy, "run.db");
}

/** What is wrong with an image, by SQLite alone, or null. */
async function judged(database, acked, { plan }) {
  let out;
  try {
    out = execFileSync("sqlite3", ["-batch", "-bail", database, "PRAGMA integrity_check(3); SELECT DISTINCT CAST((ts - " + plan.baseMs + ") / 64 AS INTEGER) FROM heat_event WHERE ts >= " + plan.baseMs + ";"], { encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    totals.unsound += 1;
    return `sqlite3: ${error.stderr || error.message}`.slice(0, 300);
  }
  const [verdict, ...rows] = out.trim().split("\n");
  if (verdict !== "ok") {
    totals.unsound += 1;
    return out.slice(0, 300);
  }
  const there = new Set(rows.map(Number));
  const lost = acked.filter((n) => !there.has(n));
  totals.lostAcked += lost.length;
  return lost.length === 0 ? null : `${lost.length} of ${acked.length} acknowledged batches are lost, the first ${lost[0]}`;
}

/** Hearth starts on the image, and its API shows every row of every acknowledged batch, once. */
async function serve(name, database, acked, { plan, projectIds }) {
  const one = await prepare({ ...options, label: name.replaceAll(" ", "-"), settings: { HEARTH_STORAGE__PATH: database } });
  one.server.start();
  if (!tally.check(`${name}: Hearth starts on it`, await one.server.ready(), lastWords(one))) return;
  const history = join(options.work, "history-image.log");
  const lines = [...Array(BATCHES).keys()].map((n) => `s ${n} 0\n`).concat(acked.map((n) => `a ${n} 0 ${projectIds.get(projectOf(plan, n))}\n`));
  writeFileSync(history, lines.join(""));
  const seen = await compare({ port: one.server.port, plan, historyPath: history });
  tally.check(`${name}: acked = stored`, seen.lost + seen.duplicated + seen.foreign + seen.torn === 0, JSON.stringify(seen));
  totals.served += 1;
  await one.server.end("SIGTERM");
  tally.check(`${name}: no panic`, !hasPanicked(one), lastWords(one));
}
