import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * `PRAGMA integrity_check` on a database that nobody has open: "ok", or what SQLite says.
 *
 * Without a checkpoint at the close, so that the write-ahead log which the killed process left is still there for
 * Hearth's own recovery.
 */
export async function integrityCheck(database) {
  const commands = ["-batch", "-bail", "-cmd", ".dbconfig no_ckpt_on_close on", database, "PRAGMA integrity_check(5);"];
  try {
    const { stdout } = await run("sqlite3", commands, { timeout: 60_000, maxBuffer: 1 << 20 });
    const lines = stdout.trim().split("\n");
    return lines.at(-1) === "ok" ? "ok" : lines.join("; ").slice(0, 500);
  } catch (error) {
    return `sqlite3: ${error.message.slice(0, 500)}`;
  }
}
