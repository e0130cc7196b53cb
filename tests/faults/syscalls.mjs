import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/**
 * The lines of an `strace -f -ttt -y -o` log as calls with a beginning and an end.
 *
 * `begin` and `end` are line numbers: with ptrace their order is the order of causes, whatever the clocks say. A call
 * that another thread's line cut in two ("unfinished", "resumed") is put together again.
 */
export async function* syscalls(logPath) {
  const open = new Map();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(logPath), crlfDelay: Infinity })) {
    line += 1;
    const head = /^(\d+)\s+(\d+\.\d+)\s+(.*)$/.exec(text);
    if (head === null) continue;
    const [, thread, seconds, rest] = head;
    const at = Number(seconds);

    const end = /^\+\+\+ (exited with (\d+)|killed by (\w+))/.exec(rest);
    if (end) {
      yield { name: "exit", thread, begin: line, end: line, at, code: end[2] === undefined ? null : Number(end[2]) };
      continue;
    }
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    if (resumed) {
      const first = open.get(thread);
      open.delete(thread);
      if (first?.name === resumed[1]) yield finished(first, resumed[2], line, at);
      continue;
    }
    const call = /^(\w+)\((\d+)<([^>]*)>(.*)$/.exec(rest);
    if (call === null) continue;
    const started = { name: call[1], thread, file: `${call[3]}`, begin: line, at, text: "" };
    if (call[4].endsWith("<unfinished ...>")) open.set(thread, { ...started, text: call[4].slice(0, -16) });
    else yield finished(started, call[4], line, at);
  }
}

function finished(call, text, line, endedAt) {
  const whole = call.text + text;
  const result = /\) += (-?\d+)(?: |$)[^"]*$/.exec(whole);
  return {
    ...call,
    text: whole,
    end: line,
    endedAt,
    result: result === null ? null : Number(result[1]),
    injected: whole.endsWith("(INJECTED)"),
  };
}
