import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { get } from "./http.mjs";
import { checkStored, endWell, hasPanicked, lastWords, prepare, sendAgain, sendNew } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/**
 * Limits of the machine other than a full disk (trust.md D7): descriptors, the size of a file, a file system that can no longer be
 * written. No panic, a line in the log that says what it is, nothing acknowledged is lost. Run by inside.sh.
 *
 * The limit of memory (256 MiB) needs a control group that this test may make; it is tried, and said when there is none.
 */
const DESCRIPTORS = 64;
const FILE_BYTES = 4 << 20;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", disk: "" });
const tally = new Tally();

await tally.run(async () => {
  await fewDescriptors();
  await smallFiles();
  await readOnlyWhileRunning();
  await readOnlyAtStart();
});

/** More clients than descriptors: those inside are served, the others wait or are closed, and after them all is well. */
async function fewDescriptors() {
  const one = await prepare({ ...options, label: "nofile" });
  one.server.start(["prlimit", `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`]);
  if (!tally.check("nofile: ready", await one.server.ready(), lastWords(one))) return;
  const sockets = await openSockets(one.server.port, DESCRIPTORS * 3);
  tally.check("nofile: lives with more clients than descriptors", one.server.running);
  sockets.forEach((socket) => socket.destroy());
  const statuses = await sendNew(one, { connections: 4, batches: 100, limitMs: 10_000 });
  tally.check("nofile: takes batches when they are gone", (statuses.get(200) ?? 0) >= 90, JSON.stringify([...statuses]));
  tally.check("nofile: the log says what was short", /too many open files|descriptor/i.test(readFileSync(one.logPath, "utf8")), lastWords(one));
  await recovered("nofile", one);
}

/** A write beyond RLIMIT_FSIZE is cut short, then fails, and sends SIGXFSZ, which ends a process that does not expect it. */
async function smallFiles() {
  const one = await prepare({ ...options, label: "fsize", plan: { bigPercent: 100, padBytes: 800 } });
  one.server.start(["prlimit", `--fsize=${FILE_BYTES}:${FILE_BYTES}`]);
  if (!tally.check("fsize: ready", await one.server.ready(), lastWords(one))) return;
  let refused = 0;
  const statuses = await sendNew(one, { connections: 4, limitMs: 20_000, until: () => refused > 20, onAnswer: ({ status }) => (refused += status === 503 ? 1 : 0) });
  tally.check("fsize: lives when a file is as large as it may be", one.server.running, lastWords(one));
  const others = [...statuses.keys()].filter((status) => ![200, 503].includes(status));
  tally.check("fsize: answers are 200 or 503", others.length === 0 && refused > 20, JSON.stringify([...statuses]));
  if (one.server.running) {
    const answer = await get(one.server.port, "/healthz").catch((error) => ({ status: error.message }));
    tally.check("fsize: it still answers", answer.status === 200, answer.status);
  }
  tally.check("fsize: the log says what failed", /full|space|i\/o|write/i.test(lastWords(one)), lastWords(one));
  await recovered("fsize", one);
}

/** The file system refuses every write from some moment on, as ext4 does after an error (errors=remount-ro). */
async function readOnlyWhileRunning() {
  const one = await prepare({ ...options, label: "rofs" });
  const trace = ["strace", "-D", "-f", "-q", "-o", "/dev/null", "-P", one.server.database, "-P", `${one.server.database}-wal`];
  one.server.start([...trace, "-e", "trace=pwrite64,ftruncate,fdatasync", "-e", "inject=pwrite64,ftruncate:error=EROFS:when=400+"]);
  if (!tally.check("rofs: ready", await one.server.ready(20_000), lastWords(one))) return;
  let refused = 0;
  const statuses = await sendNew(one, { connections: 4, limitMs: 15_000, until: () => refused > 20, onAnswer: ({ status }) => (refused += status === 503 ? 1 : 0) });
  tally.check("rofs: something was taken before, then refused with 503", (statuses.get(200) ?? 0) > 0 && refused > 20, JSON.stringify([...statuses]));
  tally.check("rofs: /readyz says so", !one.server.running || (await get(one.server.port, "/readyz")).status === 503);
  tally.check("rofs: the log says what failed", /read.?only|i\/o|write/i.test(lastWords(one)), lastWords(one));
  await recovered("rofs", one);
}

/** A directory on a read-only file system: a start that fails at once and says where. */
async function readOnlyAtStart() {
  const folder = join(options.disk, "ro");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", folder]);
  const one = await prepare({ ...options, folder, label: "rostart" });
  one.server.start();
  const end = await one.server.exit(5000);
  tally.check("read-only at start: ends with a code of its own", end !== null && end.code > 0 && end.code !== 101, JSON.stringify(end));
  tally.check("read-only at start: says what and where", /read-only/i.test(lastWords(one)) && lastWords(one).includes(folder), lastWords(one));
  tally.check("read-only at start: no panic", !hasPanicked(one), lastWords(one));
  tally.figure("limits read-only start exit code", end?.code);
  spawnSync("umount", [folder]);
}

/** Ended, and started again without the limit: everything acknowledged is there, everything refused is taken. */
async function recovered(name, one) {
  if (one.server.running) await one.server.end("SIGTERM");
  if (one.server.running) await one.server.end("SIGKILL");
  tally.check(`${name}: no panic`, !hasPanicked(one), lastWords(one));
  one.server.start();
  if (!tally.check(`${name}: starts without the limit`, await one.server.ready(), lastWords(one))) return;
  const again = await sendAgain(one);
  tally.check(`${name}: what was refused is taken`, again.refused === 0, again.refused);
  const seen = await checkStored(tally, `${name}: acked = stored`, one);
  tally.figure(`limits ${name} rows acked`, seen.acked);
  await endWell(tally, name, one);
}

async function openSockets(port, count) {
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    return socket;
  });
  await pause(1500);
  return sockets;
}
