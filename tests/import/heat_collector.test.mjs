// Import from heat-collector: a database made by the real package answers from Hearth as from the original.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { startHearth } from "../lib/hearth.mjs";
import { makeFolder } from "../lib/scratch.mjs";
import { Random } from "../lib/random.mjs";
import { ask, assertSame, questions, sharedSessions } from "./compare.mjs";
import { countRows, Database, importAndKill, importInto } from "./hearth_import.mjs";
import { feedCorpus, feedRandom, startOriginal } from "./original.mjs";

const SETTINGS = { HEAT__OPEN_READS: "true" };

/** The whole file, and a copy from when there was less in it. */
let whole;
let earlier;

before(async () => {
  const folder = makeFolder("original");
  [whole, earlier] = [path.join(folder, "heat.db"), path.join(folder, "earlier.db")];
  let original = await startOriginal(whole);
  await feedCorpus(original.base);
  await feedRandom(original.base, 1, 150);
  await original.stop();
  fs.copyFileSync(whole, earlier);
  original = await startOriginal(whole);
  await feedRandom(original.base, 2, 150);
  await original.stop();
});

const open = (file) => new Database(file, { readonly: true });

/** Compares every answer of a Hearth with the original's from the whole file, or those to some questions. */
const compareAll = async (hearth, question = () => true) => {
  const original = await startOriginal(whole);
  const file = open(whole);
  const shared = sharedSessions(file);
  const asked = questions(file).filter(question);
  file.close();
  for (const text of asked) {
    const [theirs, ours] = await Promise.all([ask(original.base, text), ask(hearth.base, text)]);
    assertSame(text, theirs, ours, shared);
  }
  await original.stop();
  return asked.length;
};

test("every answer is the original's, also beside a running server", async (t) => {
  const hearth = await startHearth(SETTINGS);
  const summary = await importInto(hearth, "heat-collector", whole);
  const file = open(whole);
  const counts = Object.fromEntries(["projects", "users", "events"].map((table) => [table, file.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get().n]));
  const keys = file.prepare("SELECT id, key FROM projects ORDER BY rowid DESC LIMIT 3").all();
  file.close();
  assert.deepEqual(
    { read: summary.read, stored: summary.stored, there: summary.already_there, refused: summary.refusals },
    { read: counts.events, stored: counts.events, there: 0, refused: [] },
  );
  assert.deepEqual([summary.adopted.projects.length, summary.adopted.keys, summary.adopted.users], [counts.projects, counts.projects, counts.users]);
  const asked = await compareAll(hearth);
  t.diagnostic(`${asked} questions over ${counts.events} rows of ${counts.projects} projects`);

  // SDKs need no change: their keys open the same projects.
  for (const { id, key } of keys) {
    const body = { session: { id: "after" }, events: [{ type: "click", eventId: "1", sessionId: "after", ts: Date.now(), path: "/after", viewport: { w: 1, h: 1 }, device: {}, x: 1, y: 1 }] };
    const answer = await fetch(`${hearth.base}/ingest`, { method: "POST", headers: { "content-type": "application/json", "x-project-key": key }, body: JSON.stringify(body) });
    assert.equal((await answer.json()).projectId, id);
  }
  await hearth.stop();
});

test("twice is once, and a file that has grown brings what is new", async () => {
  const hearth = await startHearth(SETTINGS);
  await importInto(hearth, "heat-collector", earlier);
  const first = countRows(hearth);
  const again = await importInto(hearth, "heat-collector", earlier);
  assert.deepEqual([again.was_complete, again.read, again.stored], [true, 0, 0]);
  assert.deepEqual(countRows(hearth), first);
  const grown = await importInto(hearth, "heat-collector", whole);
  const rows = [earlier, whole].map((name) => { const file = open(name); const { n } = file.prepare("SELECT COUNT(*) AS n FROM events").get(); file.close(); return n; });
  assert.deepEqual([grown.read, grown.already_there, grown.stored], [rows[1], rows[0], rows[1] - rows[0]]);
  await compareAll(hearth, (question, at) => at % 8 === 0);
  await hearth.stop();
});

test("an import that is killed goes on where it was, whenever that is", async (t) => {
  const hearth = await startHearth(SETTINGS);
  const random = new Random(3);
  let kills = 0;
  while ((await importAndKill(hearth, "heat-collector", whole, 150 + random.integer(0, 60) + 100 * kills)) === "SIGKILL") kills += 1;
  assert.ok(kills > 0, "it was killed at least once");
  assert.equal((await importInto(hearth, "heat-collector", whole)).was_complete, true);
  await compareAll(hearth, (question, at) => at % 8 === 4);
  t.diagnostic(`${kills} kills`);
  await hearth.stop();
});

test("a dry run reads everything and writes nothing; what is no such file is refused", async () => {
  const hearth = await startHearth(SETTINGS);
  const before = countRows(hearth);
  const summary = await importInto(hearth, "heat-collector", whole, ["--dry-run"]);
  assert.ok(summary.dry_run && summary.read > 1_000 && summary.refused === 0);
  assert.deepEqual(countRows(hearth), before);
  const other = path.join(hearth.folder, "other.db");
  new Database(other).exec("CREATE TABLE events (id TEXT)").close();
  await assert.rejects(importInto(hearth, "heat-collector", other), /no database of heat-collector/);
  fs.writeFileSync(other, "not a database, but long enough to look at: ".repeat(50));
  await assert.rejects(importInto(hearth, "heat-collector", other), /exit code 1/);
  await assert.rejects(importInto(hearth, "heat-collector", path.join(hearth.folder, "missing.db")), /exit code 1/);
  await hearth.stop();
});

test("rows that make no sense are refused one by one, with their place", async () => {
  const hearth = await startHearth(SETTINGS);
  const broken = path.join(hearth.folder, "broken.db");
  fs.copyFileSync(whole, broken);
  const file = new Database(broken);
  const rows = file.prepare("SELECT rowid AS row FROM events WHERE type = 'click' ORDER BY rowid LIMIT 4").all().map(({ row }) => row);
  file.prepare("UPDATE events SET type = 'touch' WHERE rowid = ?").run(rows[0]);
  file.prepare("UPDATE events SET x = NULL WHERE rowid = ?").run(rows[1]);
  file.prepare("UPDATE events SET ts = 'soon' WHERE rowid = ?").run(rows[2]);
  file.prepare("UPDATE events SET meta_json = '{' WHERE rowid = ?").run(rows[3]);
  file.close();
  const summary = await importInto(hearth, "heat-collector", broken);
  assert.equal(summary.refused, 4);
  assert.deepEqual(summary.refusals.map(({ place }) => place).sort(), rows.map((row) => `events row ${row}`).sort());
  assert.equal(summary.stored, summary.read - 4);
  await hearth.stop();
});
