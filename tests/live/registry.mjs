// Projects and tokens of a running Hearth, made by its own command line.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { binary } from "../lib/hearth.mjs";

/** Makes a project with a key and a token: `{key, token}`. */
export const addProject = (hearth, name) => {
  run(hearth, "project", "add", name);
  return { key: run(hearth, "key", "create", "--project", name).match(/hk_\w+/)[0], token: addToken(hearth, name) };
};

/** Makes another token of a project. */
export const addToken = (hearth, name) => run(hearth, "token", "create", "--project", name).match(/hr_\w+/)[0];

/** Revokes a token. */
export const revokeToken = (hearth, token) => run(hearth, "token", "revoke", token.slice(0, 8));

const run = (hearth, ...args) => execFileSync(binary(), [...args, "--data", path.join(hearth.folder, "hearth.db")], {
  encoding: "utf8",
  // Of a failure, the error shows it.
  stdio: "pipe",
  cwd: hearth.folder,
  // No setting of the caller's own.
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTH_"))),
});
