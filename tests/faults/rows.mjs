import { spawn } from "node:child_process";
import { ROWS } from "./rows_table.mjs";

/** No command may take longer, in seconds, at the figures for development and for a release. */
const LIMIT_S = { dev: 1200, release: 6 * 3600 };

/** What is printed of a command's figures behind its row, at most. */
const FIGURES_SHOWN = 6;

const words = process.argv.slice(2);
const isRelease = words.includes("--release");
const names = words.filter((word) => !word.startsWith("--"));
const unknown = words.filter((word) => word.startsWith("--") && !["--list", "--release"].includes(word));
if (unknown.length > 0 || names.length > 1) {
  console.error("usage: tests/faults/run.sh [--release] [--list] [ROW,..]");
  process.exit(2);
}
const rows = chosen(names[0]);
if (words.includes("--list")) list();
else await run();

/** The rows asked for: by id, or all of a letter; an unknown one is an error. */
function chosen(text) {
  if (text === undefined) return ROWS;
  return text.split(",").flatMap((name) => {
    const found = ROWS.filter(({ id }) => id === name || id.replace(/\d+$/, "") === name);
    if (found.length === 0) {
      console.error(`unknown row: ${name}; rows: ${ROWS.map(({ id }) => id).join(" ")}`);
      process.exit(2);
    }
    return found;
  });
}

function commandOf(row) {
  return isRelease ? (row.release ?? row.dev) : row.dev;
}

function list() {
  for (const row of rows) console.log(`${row.id.padEnd(4)} ${row.title}\n       ${commandOf(row) ?? `not shown: ${row.why}`}${row.note ? `\n       (${row.note})` : ""}`);
}

async function run() {
  // Rows that one command shows share its run.
  const outcomes = new Map();
  const counts = { passed: 0, failed: 0, notShown: 0 };
  for (const row of rows) {
    const command = commandOf(row);
    if (command === undefined) {
      counts.notShown += 1;
      report(row, "not shown", 0, row.why);
      continue;
    }
    if (!outcomes.has(command)) outcomes.set(command, await execute(command));
    const outcome = outcomes.get(command);
    counts[outcome.passed ? "passed" : "failed"] += 1;
    report(row, outcome.passed ? "passed" : "FAILED", outcome.seconds, outcome.figures);
    if (!outcome.passed) console.log(outcome.tail.replace(/^/gm, "       | "));
  }
  console.log(`${counts.notShown} not shown`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function report({ id, title }, verdict, seconds, figures) {
  console.log(`${id.padEnd(4)} ${verdict.padEnd(9)} ${String(seconds).padStart(5)} s  ${title}${figures ? `; ${figures}` : ""}`);
}

/** Runs a command; it has passed when it ended with 0 and counted at least one thing as passed and none as failed. */
function execute(command) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn("timeout", ["--kill-after=30", String(LIMIT_S[isRelease ? "release" : "dev"]), "bash", "-c", `set -o pipefail; ${command}`], { stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => child.kill("SIGTERM");
    process.once("SIGINT", stop).once("SIGTERM", stop);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output = (output + data).slice(-200_000)));
    child.once("exit", (code) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      const counted = countsIn(output);
      resolve({
        passed: code === 0 && counted.passed > 0 && counted.failed === 0,
        seconds: Math.round((performance.now() - startedAt) / 1000),
        figures: figuresIn(output, counted),
        tail: output.trimEnd().split("\n").filter((line) => /FAIL|panicked|error|missing|passed|failed/i.test(line)).slice(-8).join("\n").slice(0, 3000) || `exit code ${code}`,
      });
    });
  });
}

/** What the test runners of this project say at their end: "N passed, M failed", or cargo's and node's own lines. */
function countsIn(output) {
  const sum = (pattern) => [...output.matchAll(pattern)].reduce((all, [, n]) => all + Number(n), 0);
  const cargo = { passed: sum(/^test result: .*? (\d+) passed;/gm), failed: sum(/^test result: .*?; (\d+) failed;/gm) };
  if (cargo.passed + cargo.failed > 0) return cargo;
  const last = [...output.matchAll(/^(?:\w+: )?(\d+) passed, (\d+) failed/gm)].at(-1);
  return last === undefined ? { passed: 0, failed: 0 } : { passed: Number(last[1]), failed: Number(last[2]) };
}

function figuresIn(output, { passed, failed }) {
  const figures = [...output.matchAll(/^figure: (.*)$/gm)].map(([, text]) => text.replace(/^[\w.]+ /, "")).slice(0, FIGURES_SHOWN);
  return [`${passed} checks${failed > 0 ? `, ${failed} failed` : ""}`, ...figures].join("; ");
}
