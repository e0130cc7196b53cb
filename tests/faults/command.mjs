import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a command of the binary on a database to its end: `{code, signal, out, err, ms}`; `tracer` goes in front of it. */
export async function command({ binary, database, tracer = [], limitMs = 300_000, settings = {} }, ...words) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"));
  const env = { ...Object.fromEntries(inherited), HEARTH_STORAGE__PATH: database, HEARTH_STORAGE__MIN_FREE: "0", ...settings };
  const [program, ...rest] = [...tracer, binary, ...words];
  const begun = performance.now();
  const options = { env, timeout: limitMs, killSignal: "SIGKILL", maxBuffer: 1 << 24 };
  return await new Promise((resolve) => {
    execFile(program, rest, options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      resolve({ code, signal: error?.signal ?? null, out, err, ms: performance.now() - begun });
    });
  });
}

/** The answer of sqlite3 to a statement, as lines of columns; leaves a log that is there. */
export async function sql(database, statement) {
  const words = ["-batch", "-bail", "-cmd", ".dbconfig no_ckpt_on_close on", "-separator", "|", database, statement];
  const { stdout } = await run("sqlite3", words, { timeout: 120_000, maxBuffer: 1 << 28 });
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.includes("no_ckpt_on_close"));
  return lines.map((line) => line.split("|"));
}

/** SHA-256 of a file's bytes. */
export async function hashOf(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
