import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { gzipBomb, zstdBomb } from "../conformance/bad_inputs/bombs.mjs";
import { Connection, postHead } from "./connection.mjs";
import { get } from "./http.mjs";
import { hasPanicked, lastWords, prepare } from "./instance.mjs";
import { residentBytes } from "./memory.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/** Bodies that unpack into gigabytes (trust.md I8): refused with 413 or 415, for little memory and little work. */
const MIB = 1 << 20;
const GIB = 1 << 30;
const GROWTH_LIMIT_BYTES = 16 * MIB;
const PROCESSOR_LIMIT_MS = 200;
const DOORS = { "/ingest": "x-project-key", "/track": "X-API-Key", "/": "X-API-Key" };

const options = readOptions(process.argv.slice(2), { binary: "", work: "" });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "bombs" });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  const key = /project key:\s*(\S+)/.exec(readFileSync(one.logPath, "utf8"))[1];
  const bombs = [
    ["1 GiB gzip", "gzip", gzipBomb(GIB, 0x20)],
    ["10 GiB gzip", "gzip", gzipBomb(10 * GIB, 0x20)],
    ["gzip in gzip", "gzip, gzip", gzipSync(gzipBomb(GIB, 0x20))],
    ["gzip in gzip, told once", "gzip", gzipSync(gzipBomb(GIB, 0x20))],
    ["1 GiB zstd", "zstd", zstdBomb(GIB, 0x20)],
    ["brotli", "br", brotliCompressSync(Buffer.alloc(64 * MIB, 0x20))],
    ["deflate", "deflate", gzipBomb(GIB, 0x20)],
  ];
  // What a first body needs is not the bomb's.
  for (const path of Object.keys(DOORS)) await post(one.server.port, path, key, "gzip", gzipSync(Buffer.alloc(900_000, 0x20)));
  let worst = { growth: 0, processorMs: 0 };
  for (const [name, encoding, body] of bombs) {
    for (const path of Object.keys(DOORS)) {
      const before = { rss: residentBytes(one.server.pid), ms: processorMs(one.server.pid) };
      let largest = 0;
      const watch = setInterval(() => (largest = Math.max(largest, residentBytes(one.server.pid))), 2);
      const answer = await post(one.server.port, path, key, encoding, body);
      clearInterval(watch);
      const growth = Math.max(largest, residentBytes(one.server.pid)) - before.rss;
      const spentMs = processorMs(one.server.pid) - before.ms;
      // The Datalyr protocol has one status for what is wrong with a body; and a body may be called what it is not.
      const allowed = path !== "/ingest" || name.endsWith("told once") ? [400, 413, 415] : [413, 415];
      tally.check(`${name} at ${path}: refused`, allowed.includes(answer.status), `${answer.status} ${answer.head.slice(0, 80)}`);
      tally.check(`${name} at ${path}: memory`, growth <= GROWTH_LIMIT_BYTES, `${(growth / MIB).toFixed(1)} MiB`);
      tally.check(`${name} at ${path}: work`, spentMs <= PROCESSOR_LIMIT_MS, `${spentMs} ms`);
      worst = { growth: Math.max(worst.growth, growth), processorMs: Math.max(worst.processorMs, spentMs) };
    }
  }
  tally.check("it still answers", (await get(one.server.port, "/readyz")).status === 200);
  tally.check("no panic", !hasPanicked(one), lastWords(one));
  tally.figure("bombs worst growth MiB", (worst.growth / MIB).toFixed(1));
  tally.figure("bombs worst processor ms", worst.processorMs);
  await one.server.end("SIGTERM");
});

/** In parts and over time, so that the answer may come before all of it is sent. */
async function post(port, path, key, encoding, body) {
  const connection = new Connection(port);
  const answer = await connection.send(postHead(path, body.length, { [DOORS[path]]: key, "Content-Encoding": encoding }), body);
  connection.close();
  return answer;
}

function processorMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
