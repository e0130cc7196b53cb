import { syscalls } from "./syscalls.mjs";

const SYNCS = new Set(["fsync", "fdatasync"]);
const READS = new Set(["read", "readv", "recvfrom", "recvmsg"]);
const WRITES = new Set(["write", "writev", "sendto", "sendmsg", "pwrite64", "pwritev"]);

/** The calls that `checkAckOrder` needs in the log, for strace's `-e trace=`. */
export const TRACED_CALLS = [...SYNCS, ...READS, ...WRITES].join(",");

/**
 * Proves from a system call log that answers follow their fsync (trust.md D20).
 *
 * A 2xx to POST /ingest is in order when, after the last read of its request, a write to the -wal file began, and after
 * that an fsync of the -wal file began and succeeded before the answer was written. From the first injected error on, no
 * fsync counts as a success: the kernel may have dropped the pages that the failed one was about.
 *
 * Resolves to `{acks, early, acksAfterError, errorAt, exitAt, exitCode}`; `early` counts the answers out of order, times
 * are epoch seconds or null.
 */
export async function checkAckOrder(logPath) {
  const walWrites = [];
  const syncs = [];
  const connections = new Map();
  const seen = { acks: 0, early: 0, acksAfterError: 0, errorAt: null, exitAt: null, exitCode: null };

  for await (const call of byBeginning(syscalls(logPath))) {
    if (call.name === "exit") {
      seen.exitAt = call.at;
      seen.exitCode = call.code;
    } else if (SYNCS.has(call.name)) {
      if (call.injected && ofDatabase(call.file)) seen.errorAt ??= call.endedAt;
      if (call.file.endsWith("-wal") && call.result === 0 && seen.errorAt === null) syncs.push(call);
    } else if (WRITES.has(call.name) && call.file.endsWith("-wal")) {
      walWrites.push(call.begin);
    } else if (READS.has(call.name) && isSocket(call.file) && call.result > 0) {
      noteRead(connections, call);
    } else if (WRITES.has(call.name) && isSocket(call.file) && call.text.includes('"HTTP/1.1 2')) {
      const request = connections.get(call.file);
      if (request?.ingest !== true) continue;
      seen.acks += 1;
      if (seen.errorAt !== null) seen.acksAfterError += 1;
      if (!synced(request.readAt, call.begin, walWrites, syncs)) seen.early += 1;
    }
  }
  return seen;
}

function noteRead(connections, call) {
  const start = /"(POST \/ingest|GET |HEAD |OPTIONS )/.exec(call.text);
  const known = connections.get(call.file);
  const ingest = start === null ? known?.ingest === true : start[1].startsWith("POST");
  connections.set(call.file, { ingest, readAt: call.end });
}

/** Whether a write to the log and then a sync of it lie between two lines of the system call log. */
function synced(readAt, answeredAt, walWrites, syncs) {
  const written = walWrites[firstAfter(walWrites, readAt, (begin) => begin)];
  if (written === undefined) return false;
  for (let i = firstAfter(syncs, written, (sync) => sync.begin); i < syncs.length; i += 1) {
    if (syncs[i].begin > answeredAt) return false;
    if (syncs[i].end < answeredAt) return true;
  }
  return false;
}

/** The index of the first item whose line is later than `line` (items are in order). */
function firstAfter(items, line, lineOf) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lineOf(items[middle]) > line) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Calls come from the log when they end; they are wanted where they begin, but reads and syncs where they end.
 *
 * An answer's write begins when it is sent: a sync that ends while the write is still running came too late for it.
 */
async function* byBeginning(calls) {
  const all = [];
  for await (const call of calls) all.push(call);
  const place = (call) => (READS.has(call.name) || SYNCS.has(call.name) ? call.end : call.begin);
  yield* all.sort((a, b) => place(a) - place(b));
}

/**
 * Whether a sync is of the database's own files. SQLite also syncs their directory and ignores the result; Hearth syncs
 * it again at its start, and refuses to start if that fails.
 */
function ofDatabase(file) {
  return file.endsWith(".db") || file.endsWith("-wal") || file.endsWith("-journal");
}

function isSocket(file) {
  return file.startsWith("socket:") || file.startsWith("TCP");
}
