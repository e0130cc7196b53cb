import { readFileSync } from "node:fs";
import { Connection, postHead } from "./connection.mjs";
import { lastWords, prepare } from "./instance.mjs";
import { readOptions } from "./options.mjs";
import { Tally } from "./tally.mjs";

/**
 * Names that collide under the usual unseeded hashes (31- and 33-times, as in Java, PHP and others; trust.md I10): a body of
 * them may cost at most twice what one of other names does.
 */
const KEYS = 20_000;
const ROUNDS = 11;
const RATIO = 2;

const options = readOptions(process.argv.slice(2), { binary: "", work: "" });
const tally = new Tally();

await tally.run(async () => {
  const one = await prepare({ ...options, label: "keys", settings: { HEARTH_DATALYR__RATE_LIMIT__MAX_EVENTS: "1000000000" } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  const key = /project key:\s*(\S+)/.exec(readFileSync(one.logPath, "utf8"))[1];
  const connection = new Connection(one.server.port);
  const sets = { others: distinct("Q"), "31 times": colliding("Aa", "BB"), "33 times": colliding("Ez", "FY") };
  const places = {
    "meta of an event": ["/ingest", { "x-project-key": key }, (names, n) => heat(n, names)],
    "paths of a batch": ["/ingest", { "x-project-key": key }, (names, n) => paths(n, names)],
    "properties of an app event": ["/track", { "X-API-Key": key }, (names, n) => track(n, names)],
  };
  let n = 0;
  for (const [place, [path, fields, build]] of Object.entries(places)) {
    const times = Object.fromEntries(Object.keys(sets).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, names] of Object.entries(sets)) {
        const body = build(names, (n += 1));
        const startedAt = performance.now();
        const answer = await connection.send(postHead(path, Buffer.byteLength(body), fields), body);
        times[name].push(performance.now() - startedAt);
        if (round === 0) tally.check(`${place}: ${name} are answered`, answer.status === 200 || answer.status < 500, `${answer.status} ${answer.body.toString().slice(0, 100)}`);
      }
    }
    const middle = (name) => times[name].sort((a, b) => a - b)[ROUNDS >> 1];
    for (const name of Object.keys(sets).slice(1)) {
      const ratio = middle(name) / middle("others");
      tally.check(`${place}: ${name} cost at most ${RATIO} times`, ratio <= RATIO, `${middle(name).toFixed(1)} ms for ${middle("others").toFixed(1)} ms`);
      tally.figure(`colliding_keys ${place}, ${name}: ratio`, ratio.toFixed(2));
    }
  }
  connection.close();
  await one.server.end("SIGTERM");
});

/** Every word of as many letters made of two pairs with the same hash. */
function colliding(a, b) {
  const bits = Math.ceil(Math.log2(KEYS));
  return Array.from({ length: KEYS }, (_, i) => Array.from({ length: bits }, (_, bit) => ((i >> bit) & 1 ? a : b)).join(""));
}

function distinct(letter) {
  const length = 2 * Math.ceil(Math.log2(KEYS));
  return Array.from({ length: KEYS }, (_, i) => `${letter}${(i * 2_654_435_761 % 2 ** 32).toString(36)}${i.toString(36)}`.padEnd(length, "x"));
}

function heat(n, names) {
  const meta = Object.fromEntries(names.map((name) => [name, 1]));
  return JSON.stringify({ session: { id: "s" }, events: [click(n, "/", meta)] });
}

function paths(n, names) {
  return JSON.stringify({ session: { id: `s${n}` }, events: names.slice(0, 4000).map((name, i) => click(`${n}-${i}`, `/${name}`, {})) });
}

function click(id, path, meta) {
  return { type: "click", eventId: `k-${id}`, sessionId: "s", ts: 1_750_000_000_000, path, viewport: { w: 1, h: 1 }, device: {}, meta, x: 1, y: 1 };
}

function track(n, names) {
  return JSON.stringify({ event: "tested", eventId: `k-${n}`, userId: "u", properties: Object.fromEntries(names.map((name) => [name, 1])), context: { library: "@datalyr/api" } });
}
