import { existsSync } from "node:fs";
import { join } from "node:path";
import { command, hashOf, sql } from "./command.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** An older Hearth meets a file of a newer one (trust.md D13): it refuses, and not a byte of the file changes. */
const REFUSED = [
  { words: ["serve", "--listen", "127.0.0.1:0"], code: 78 },
  { words: ["migrate", "up"], code: 78 },
  { words: ["key", "list"], code: 78 },
  { words: ["project", "add", "Another"], code: 78 },
  { words: ["user", "list"], code: 78 },
];
const FROM_THE_FUTURE = `INSERT INTO refinery_schema_history SELECT 999, 'from the future', applied_on, checksum FROM refinery_schema_history LIMIT 1`;

const options = readOptions(process.argv.slice(2), { binary: "", work: "" });
const tally = new Tally();

await tally.run(async () => {
  for (const hasLog of [false, true]) {
    const label = hasLog ? "with a log" : "closed in order";
    const database = join(options.work, hasLog ? "log.db" : "closed.db");
    const made = await command({ binary: options.binary, database }, "project", "add", "Shop");
    tally.check(`${label}: a file is made`, made.code === 0, made.err);
    if (hasLog) await sql(database, `PRAGMA journal_mode = WAL; ${FROM_THE_FUTURE}`);
    else await sql(database, `PRAGMA journal_mode = DELETE; ${FROM_THE_FUTURE}; PRAGMA journal_mode = WAL`);
    tally.check(`${label}: there is a log or none, as it should be`, existsSync(`${database}-wal`) === hasLog || !hasLog);
    const before = await bytes(database);
    for (const { words, code } of REFUSED) {
      const refused = await command({ binary: options.binary, database, limitMs: 20_000 }, ...words);
      tally.check(`${label}: ${words[0]} ${words[1]} is refused with ${code}`, refused.code === code, `${refused.code} ${refused.err}`);
      tally.check(`${label}: ${words[0]} says why`, `${refused.err}${refused.out}`.includes("newer version of Hearth"), refused.err);
      tally.check(`${label}: ${words[0]} ${words[1]} left every byte as it was`, (await bytes(database)) === before);
    }
    const status = await command({ binary: options.binary, database }, "migrate", "status", "--json");
    tally.check(`${label}: status tells it`, JSON.parse(status.out).state === "newer", status.out);
    tally.check(`${label}: status left every byte as it was`, (await bytes(database)) === before);
  }
});

/** Hashes of the file and its log. */
async function bytes(database) {
  const log = existsSync(`${database}-wal`) ? await hashOf(`${database}-wal`) : "none";
  return `${await hashOf(database)} ${log}`;
}
