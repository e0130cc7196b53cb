import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { lastWords, prepare, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** What Hearth makes is its owner's alone (trust.md S8): directories 0700, files 0600, whatever the umask was. */
const options = readOptions(process.argv.slice(2), { binary: "", work: "" });
const tally = new Tally();

await tally.run(async () => {
  const outer = join(options.work, "modes");
  mkdirSync(outer, { mode: 0o755 });
  const folder = join(outer, "data");
  const one = await prepare({ ...options, folder, label: "hearth" });
  one.server.start(["bash", "-c", 'umask 000; exec "$0" "$@"']);
  tally.check("ready", await one.server.ready(), lastWords(one));
  await sendNew(one, { batches: 50 });
  const env = { ...process.env, HEARTH_BIN: undefined, HEARTH_STORAGE__PATH: one.server.database };
  const backup = () => execFileSync("bash", ["-c", 'umask 000; exec "$0" backup', options.binary], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  let said = "";
  try { backup(); } catch (error) { said = String(error.stderr).slice(0, 300); }
  tally.check("a backup is made", said === "", said);
  const files = look(folder);
  for (const name of ["hearth.db", "hearth.db-wal", "hearth.db-shm", "hearth.db.lock"]) tally.check(`${name} is there`, files.includes(name), files.join(" "));
  tally.check("the copy is there", files.some((name) => name.startsWith("backups/")), files.join(" "));
  await one.server.end("SIGTERM");
  tally.figure("file_modes entries looked at", files.length);
});

/** Every entry below, itself included; each that others may touch is a failed check. */
function look(folder) {
  const names = readdirSync(folder, { recursive: true });
  for (const name of ["", ...names]) {
    const stat = statSync(join(folder, name));
    const wanted = stat.isDirectory() ? 0o700 : 0o600;
    tally.check(`mode of ${name || "the directory"}`, (stat.mode & 0o777) === wanted, (stat.mode & 0o777).toString(8));
  }
  return names;
}
