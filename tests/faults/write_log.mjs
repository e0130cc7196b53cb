import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * What a traced Hearth did to its database and log, from an `strace -f -y -ttt -xx` log.
 *
 * `operations` are writes, cuts and syncs in the order of the log, each with the lines where it began and ended;
 * `answers` is the line where the answer with each request id began to be sent. `start` holds the bytes of the file
 * before the first of them. Numbers of lines are the order of causes: ptrace stops a thread at each.
 */
export async function readWriteLog(tracePath, database, startPath) {
  const log = { operations: [], answers: new Map(), start: readFileSync(startPath), lastLine: 0, restarts: 0 };
  const files = new Map([[database, "database"], [`${database}-wal`, "wal"]]);
  const open = new Map();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(tracePath), crlfDelay: Infinity })) {
    line += 1;
    const head = /^(\d+)\s+\d+\.\d+\s+/.exec(text);
    if (head === null) continue;
    const rest = text.slice(head[0].length);
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest);
    if (resumed) {
      const first = open.get(head[1]);
      open.delete(head[1]);
      if (first !== undefined) note(log, files, first.begin, line, first.text + rest.slice(resumed[0].length));
    } else if (rest.endsWith("<unfinished ...>")) {
      open.set(head[1], { begin: line, text: rest.slice(0, -"<unfinished ...>".length) });
    } else {
      note(log, files, line, line, rest);
    }
  }
  // Cut short by the end of the trace: begun, and nobody knows whether done.
  for (const { begin, text } of open.values()) note(log, files, begin, Infinity, `${text}) = ?`);
  log.operations.sort((a, b) => a.begin - b.begin);
  log.lastLine = line;
  return log;
}

function note(log, files, begin, end, text) {
  const call = /^(\w+)\((\d+)<([^>]*)>/.exec(text);
  if (call === null) return;
  const [whole, name, , target] = call;
  const file = files.get(unescape(target));
  const rest = text.slice(whole.length);
  if (file === undefined) {
    if (!["sendto", "write", "writev"].includes(name) || !/^(socket|TCP)/.test(unescape(target))) return;
    for (const bytes of rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)) {
      for (const id of decode(bytes[1]).toString("latin1").matchAll(/x-request-id: ([0-9a-f-]{36})/g)) log.answers.set(id[1], begin);
    }
    return;
  }
  const result = /\) += (-?\d+|\?)/.exec(rest)?.[1];
  if (result?.startsWith("-")) return;
  if (name === "pwrite64") {
    const [, bytes, , offset] = /^, "((?:\\x[0-9a-f]{2})*)", (\d+), (\d+)/.exec(rest) ?? [];
    if (bytes === undefined) throw new Error(`a write that was not noted whole: ${text.slice(0, 100)}`);
    const data = decode(bytes);
    if (file === "wal" && Number(offset) === 0) log.restarts += 1;
    log.operations.push({ kind: "write", file, begin, end, offset: Number(offset), data });
  } else if (name === "ftruncate") {
    log.operations.push({ kind: "cut", file, begin, end, length: Number(/^, (\d+)/.exec(rest)[1]) });
  } else if ((name === "fdatasync" || name === "fsync") && result === "0") {
    log.operations.push({ kind: "sync", file, begin, end });
  } else if (name === "pwritev" || name === "writev" || name === "write") {
    throw new Error(`a way to write that this test does not know: ${name}`);
  }
}

function decode(escaped) {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

/** strace -xx writes the paths of -y in hexadecimal, too. */
function unescape(target) {
  return target.startsWith("\\x") ? decode(target).toString() : target;
}
