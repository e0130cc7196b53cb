import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { command, sql } from "./command.mjs";
import { fill } from "./filling.mjs";
import { get } from "./http.mjs";
import { integrityCheck } from "./integrity.mjs";
import { readOptions } from "./options.mjs";
import { Hearth, freePort } from "./server.mjs";
import { Tally } from "./tally.mjs";

/** The drill (trust.md D11): copy, destroy, restore, same answers; and a restore that is killed at every step of it. */
const LIMIT_S_PER_GIB = 60;
/** System calls at which a restore is killed, each at its first, second, third... time. */
const KILLED_AT = ["rename", "link", "unlink", "fsync", "fdatasync", "ftruncate"];

const options = readOptions(process.argv.slice(2), { binary: "", work: "", mib: 256, times: 3 });
const tally = new Tally();

await tally.run(async () => {
  await drill();
  await killed();
});

async function drill() {
  const database = join(options.work, "hearth.db");
  const server = new Hearth({ binary: options.binary, database, port: await freePort(), log: join(options.work, "hearth.log"), settings: { HEARTH_BACKUP__EVERY: "0s" } });
  server.start();
  if (!tally.check("ready", await server.ready(), "see hearth.log")) return;
  await fill(server, options.mib);
  const copy = join(options.work, "copy.db.zst");
  const made = await command({ binary: options.binary, database }, "backup", copy);
  tally.check("a copy beside the running server", made.code === 0, made.err);
  const refused = await command({ binary: options.binary, database }, "restore", copy, "--yes");
  tally.check("a restore beside a running server is refused with 69", refused.code === 69, refused.code);
  const before = await answers(server.port);
  await server.end("SIGTERM");
  const bytes = statSync(database).size;
  let worstMs = 0;
  for (let time = 0; time < options.times; time += 1) {
    for (const end of ["", "-wal", "-shm"]) rmSync(database + end, { force: true });
    const restored = await command({ binary: options.binary, database }, "restore", copy, "--yes");
    tally.check(`drill ${time}: restored`, restored.code === 0, restored.err);
    worstMs = Math.max(worstMs, restored.ms);
    server.start();
    tally.check(`drill ${time}: starts`, await server.ready(), "see hearth.log");
    tally.check(`drill ${time}: answers as before`, (await answers(server.port)) === before);
    await server.end("SIGTERM");
  }
  const perGib = (worstMs / 1000) * (1024 ** 3 / bytes);
  tally.check(`a GiB in ${LIMIT_S_PER_GIB} s`, perGib <= LIMIT_S_PER_GIB, `${perGib} s`);
  tally.figure("restore database MiB", Math.round(bytes / 1024 ** 2));
  tally.figure("restore copy MiB", Math.round(statSync(copy).size / 1024 ** 2));
  tally.figure("restore worst ms", Math.round(worstMs));
  tally.figure("restore s per GiB, extrapolated", perGib.toFixed(1));
}

/** What the server tells about all projects and the events of one, in one text. */
async function answers(port) {
  const projects = await get(port, "/api/v1/projects");
  const { projects: list } = JSON.parse(projects.text);
  const told = [projects.text];
  for (const { id } of list) told.push((await get(port, `/api/v1/projects/${id}/totals`)).text, (await get(port, `/api/projects/${id}/events?limit=200`)).text);
  return told.join("\n");
}

/** Old and new differ by the name of a project; after every kill the file is one of them, and the next restore works. */
async function killed() {
  const place = join(options.work, "killed");
  mkdirSync(place);
  const [old, fresh, copy] = ["old.db", "new.db", "new.db.zst"].map((name) => join(place, name));
  for (const [database, name] of [[old, "Old"], [fresh, "New"]]) {
    const added = await command({ binary: options.binary, database }, "project", "add", name);
    tally.check(`${name} is made`, added.code === 0, added.err);
  }
  tally.check("the copy is made", (await command({ binary: options.binary, database: fresh }, "backup", copy)).code === 0);
  const seen = { Old: 0, New: 0 };
  for (const call of KILLED_AT) {
    for (let when = 1; ; when += 1) {
      const folder = join(place, `${call}-${when}`);
      mkdirSync(folder);
      const database = join(folder, "hearth.db");
      copyFileSync(old, database);
      // A log that is not in the file yet, as a crash leaves it.
      await sql(database, "PRAGMA journal_mode = WAL; UPDATE project SET created_at_ms = created_at_ms + 1");
      const tracer = ["strace", "-D", "-f", "-q", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${when}`];
      const end = await command({ binary: options.binary, database, tracer }, "restore", copy, "--yes");
      if (end.code === 0) break;
      const label = `killed at ${call} ${when}`;
      tally.check(`${label}: by the signal`, end.signal === "SIGKILL", JSON.stringify(end));
      if (!tally.check(`${label}: a database is there`, existsSync(database), readdirSync(folder).join(" "))) continue;
      const integrity = await integrityCheck(database);
      tally.check(`${label}: integrity_check`, integrity === "ok", integrity);
      const [[name]] = await sql(database, "SELECT name FROM project ORDER BY id DESC LIMIT 1");
      tally.check(`${label}: it is the old or the new one`, name in seen, name);
      seen[name] += 1;
      const again = await command({ binary: options.binary, database }, "restore", copy, "--yes");
      tally.check(`${label}: the next restore works`, again.code === 0, again.err);
      const [[now]] = await sql(database, "SELECT name FROM project ORDER BY id DESC LIMIT 1");
      tally.check(`${label}: then it is the new one`, now === "New", now);
      rmSync(folder, { recursive: true });
    }
  }
  tally.check("kills came before and after the change", seen.Old > 0 && seen.New > 0, JSON.stringify(seen));
  tally.figure("restore kill points", seen.Old + seen.New);
}
