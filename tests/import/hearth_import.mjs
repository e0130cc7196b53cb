// Runs `hearth import` on the file of a running Hearth.
import { execFile, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { binary } from "../lib/hearth.mjs";
import { killAtExit } from "../lib/scratch.mjs";

/** better-sqlite3, which is installed with the packages of tests/bench. */
export const Database = createRequire(new URL("../bench/package.json", import.meta.url))("better-sqlite3");

const databaseOf = (hearth) => path.join(hearth.folder, "hearth.db");

const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_")));

const words = (hearth, source, file, more) => ["import", source, file, "--json", "--data", databaseOf(hearth), "--set", "storage.min_free=0", ...more];

/** Imports a file to its end; what the command prints as JSON. */
export const importInto = (hearth, source, file, more = []) =>
  new Promise((resolve, reject) => {
    execFile(binary(), words(hearth, source, file, more), { env: environment(), cwd: hearth.folder }, (error, stdout, stderr) => {
      if (error) reject(new Error(`exit code ${error.code}: ${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });

/** Starts an import and kills it at once after a while; whether it had ended before. */
export const importAndKill = async (hearth, source, file, afterMs, more = []) => {
  const child = killAtExit(spawn(binary(), words(hearth, source, file, more), { env: environment(), cwd: hearth.folder, stdio: "ignore" }));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  const how = await ended;
  clearTimeout(timer);
  return how;
};

/** How many rows the tables have that imports write. */
export const countRows = (hearth) => {
  const file = new Database(databaseOf(hearth), { readonly: true });
  const tables = ["project", "project_key", "heat_user", "heat_session", "heat_event", "traffic_request", "traffic_user", "import_source"];
  const counts = Object.fromEntries(tables.map((table) => [table, file.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get().n]));
  file.close();
  return counts;
};
