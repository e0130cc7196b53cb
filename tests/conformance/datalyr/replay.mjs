// All captured requests, byte for byte as the SDKs sent them: answered as documented, stored once, readable as sent.
import assert from "node:assert/strict";
import { CAPTURES, eventsIn } from "./captures.mjs";
import { expectReadable, expectTaken, startWorld } from "./world.mjs";

/** Headers that belong to the connection the request was captured on. */
const OF_THE_CONNECTION = new Set(["host", "connection", "content-length", "accept-encoding"]);

/** The project's key in place of the one in the captures; everything else as it was. */
const headersOf = ({ headers }, key) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
    .map(([name, value]) => [name, value.replace("dk_test_0123456789abcdef", key)]));

const isEvents = ({ method, path }) => method === "POST" && (path === "/" || path === "/track");

/** The captures name the workspace by this length of text; the bytes sent differ in nothing else. */
const bytesOf = ({ raw }) => (raw ?? "").replaceAll("ws_test_1", "ws_1");

/** What is kept of a text: cut characters and secrets in URLs are replaced (docs/datalyr.md). */
const comparable = (value) => {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), comparable(member)]));
};

/** Whether `stored` is `sent` but for parameters of URLs that are redacted or gone. */
const isRedacted = (stored, sent) => {
  if (stored === sent) return true;
  if (typeof sent !== "string" || typeof stored !== "string") return false;
  const [kept, given] = [stored, sent].map((text) => text.split(/[?&]/));
  const secret = /^(?:_dl_h|_dl_vid|dl_kprofile_id)=/;
  const wanted = given.filter((part) => !secret.test(part));
  return kept.length === wanted.length && kept.every((part, at) => part === wanted[at] || (part.endsWith("=__redacted__") && wanted[at].startsWith(part.slice(0, part.indexOf("=") + 1))));
};

const expectSame = (stored, sent, path) => {
  if (sent !== null && typeof sent === "object") {
    assert.deepEqual(Object.keys(stored ?? {}), Object.keys(sent), path);
    for (const name of Object.keys(sent)) expectSame(stored[name], sent[name], `${path}.${name}`);
  } else assert.ok(isRedacted(stored, sent), `${path}: ${JSON.stringify(stored)?.slice(0, 150)} instead of ${JSON.stringify(sent)?.slice(0, 150)}`);
};

/** Longest name of an event that is kept as such, in characters; a longer one is whole in the context (docs/datalyr.md). */
const NAME_CHARACTERS = 256;

const expectName = ({ name, context }, sent) => {
  assert.equal(name, [...sent].slice(0, NAME_CHARACTERS).join(""));
  if (name !== sent) assert.ok(Object.values(context).includes(sent), "the whole name is not in the context");
};

/** Runs as one test for each request, one for each event read back, and one for the repetition. */
export const runReplay = async (tally) => {
  const w = await startWorld({}, { origins: ["http://shop.example.test:8790"] });
  const exchange = (one) => w.send({ method: one.method, target: one.path, headers: headersOf(one, w.p1.key), body: bytesOf(one) });
  const name = (one, at) => `replay ${at} ${one.kind} ${one.sdk_version}`;
  const expected = new Map();
  const anonymous = [];
  for (const [at, one] of CAPTURES.entries()) {
    await tally.run(name(one, at), async () => {
      const answer = await exchange(one);
      await expectAnswer(one, answer);
      if (!isEvents(one)) return;
      for (const event of eventsIn(bytesOf(one))) {
        if (event.id === undefined) anonymous.push(event);
        else if (!expected.has(event.id)) expected.set(event.id, { ...event, at });
      }
    });
  }
  await tally.run("replay: every event reads back as it was sent", async () => {
    for (const [id, sent] of expected) {
      const stored = await w.p1.read.event(id.toWellFormed());
      expectName(stored, sent.name);
      expectSame(comparable(stored.properties), comparable(sent.properties), `${sent.name} of ${sent.at}`);
    }
    const all = await w.p1.read.events();
    for (const { name: wanted, properties } of anonymous) {
      const found = all.filter((event) => event.name === wanted && JSON.stringify(event.properties) === JSON.stringify(properties));
      assert.equal(found.length, anonymous.filter((other) => other.name === wanted && JSON.stringify(other.properties) === JSON.stringify(properties)).length, wanted);
    }
    assert.equal(all.length, expected.size + anonymous.length);
  });
  await tally.run("replay: sent again, nothing is there twice", async () => {
    const count = (await w.p1.read.events()).length;
    let without = 0;
    for (const one of CAPTURES) {
      const answer = await exchange(one);
      await expectAnswer(one, answer, isEvents(one) && eventsIn(bytesOf(one)).every(({ id }) => id !== undefined));
      if (isEvents(one)) without += eventsIn(bytesOf(one)).filter(({ id }) => id === undefined).length;
    }
    // Events without an id are new events each time (datalyr.md 7.1).
    assert.equal((await w.p1.read.events()).length, count + without);
  });
  await tally.run("replay: Hearth stops in good order", () => w.hearth.stop());
};

/** The answer that docs/datalyr.md promises for this request; with `isRepeated`, that of a copy. */
const expectAnswer = async (one, answer, isRepeated = false) => {
  const { origin } = one.headers;
  if (one.method === "OPTIONS") {
    assert.equal(answer.status, 204);
    assert.equal(answer.headers["access-control-allow-origin"], origin);
    return;
  }
  expectTaken(answer, bytesOf(one));
  if (origin !== undefined) expectReadable(answer, origin);
  if (one.path === "/container-scripts") assert.deepEqual([answer.json.scripts, answer.json.pixels], [[], null]);
  else if (one.path.startsWith("/attribution/")) assert.equal(typeof answer.json.found, "boolean");
  else if (one.raw.startsWith('{"events"')) {
    const { accepted, duplicates, rejected, success } = answer.json;
    const { length } = JSON.parse(one.raw).events;
    assert.deepEqual([success, accepted + duplicates, rejected], [true, length, 0]);
    if (isRepeated) assert.equal(duplicates, length);
  } else {
    assert.equal(answer.json.success, true);
    if (isRepeated) assert.equal(answer.json.duplicate, true);
  }
};
