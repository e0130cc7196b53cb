// Watchers that read slowly, or not at all: they are told what they missed, they cost little, and nobody waits for them.
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import { test } from "node:test";
import WebSocket from "ws";
import { startHearth } from "../lib/hearth.mjs";
import { until } from "../lib/until.mjs";
import { startApp } from "./app.mjs";
import { click, ingest } from "./batches.mjs";
import { addToken } from "./registry.mjs";
import { connect } from "./socket_client.mjs";
import { openWatcher, subscribe } from "./watcher.mjs";

const WATCHERS = 1000;
const DEAF = 100;
const WATCHERS_PER_TOKEN = 250;

/** Two heartbeats, one more for the phase, and some time to close. */
const DROPPED_WITHIN_MS = 60_000;

/** What a watcher may cost, read or not: its connection's buffers and its task. */
const MAX_BYTES_PER_WATCHER = 128 * 1024;

const start = (settings) => startHearth({ HEAT__RATE_LIMIT__MAX: "1000000", ...settings });

/** Sends `count` events, numbered in their paths, in batches. */
const ingestMany = async (hearth, session, count, batch = 100, rest = "") => {
  for (let from = 0; from < count; from += batch) {
    await ingest(hearth, session, Array.from({ length: Math.min(batch, count - from) }, (_, n) => click(from + n, `/page/${from + n}/${rest}`)));
  }
};

/** Expects ascending numbers from 0 that lack just as many as were skipped. */
const expectGaps = (numbers, skipped) => {
  assert.ok(numbers.every((number, at) => at === 0 || number > numbers[at - 1]), "out of order");
  assert.equal(numbers.at(-1) + 1 - numbers.length, skipped);
};

/** How many connections and other sockets the process has. */
const socketsOf = ({ pid }) =>
  fs.readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try { return fs.readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:"); } catch { return false; }
  }).length;

test("more events than one watcher can be told: it is told how many it missed, and gets the others in order", async (context) => {
  const hearth = await start();
  context.after(() => hearth.stop());
  const watcher = await subscribe(hearth);
  // So long that a second's events are more than a watcher is told in it, and few of them are held.
  await ingestMany(hearth, "flood", 6000, 20, "x".repeat(2000));
  await until("some are skipped", () => watcher.skipped > 0, { withinMs: 30_000 });
  const end = watcher.events.length;
  await watcher.expectEvents(end + 1);
  const numbers = watcher.events.map(({ path }) => Number(path.split("/")[2]));
  expectGaps(numbers, watcher.skippedBeforeLast);
  assert.ok(watcher.deliveries.every(({ count }) => count <= 6));
  await watcher.close();
});

test("a Socket.IO client is told how many requests it missed", async (context) => {
  const app = await startApp({ TRAFFIC__QUERY: "keep" });
  context.after(() => app.stop());
  for (const transports of [["websocket"], ["polling"]]) {
    const client = await connect(app.hearth, { transports });
    const rest = "x".repeat(1500);
    for (let n = 0; client.skipped.length === 0; n += 8) {
      assert.ok(n < 40_000, "nothing was skipped");
      await Promise.all(Array.from({ length: 8 }, () => app.request(`/page?${rest}`)));
    }
    const before = client.requests.length;
    await client.expectRequests(before + 1);
    assert.ok(client.skipped.every((count) => count > 0));
    assert.deepEqual(client.ends, []);
    client.close();
  }
});

test(`${WATCHERS} watchers of whom ${DEAF} do not read: ingest goes on, memory is bounded, the deaf are dropped`, async (context) => {
  const hearth = await start();
  context.after(() => hearth.stop());
  const tokens = Array.from({ length: Math.ceil(WATCHERS / WATCHERS_PER_TOKEN) }, () => addToken(hearth, "Default"));
  await ingestMany(hearth, "before", 1000);
  const [bytesBefore, socketsBefore] = [hearth.residentBytes(), socketsOf(hearth)];

  const crowd = [];
  for (let n = 0; n < WATCHERS; n += 1) crowd.push(count(hearth, tokens[Math.floor(n / WATCHERS_PER_TOKEN)]));
  const watchers = await Promise.all(crowd);
  const turnedAway = await openWatcher(hearth).catch((error) => error.message);
  assert.match(String(turnedAway), /503/);
  const deaf = watchers.slice(0, DEAF);
  const reading = watchers.slice(DEAF);
  for (const { socket } of deaf) socket._socket.pause();

  const total = 3000;
  const slowest = [];
  for (let from = 0; from < total; from += 20) {
    const startedAt = performance.now();
    await ingest(hearth, "watched", Array.from({ length: 20 }, (_, n) => click(from + n, `/page/${from + n}`)));
    slowest.push(performance.now() - startedAt);
  }
  await until("every watcher that reads has heard of everything", () => reading.every(({ events, skipped }) => events + skipped === total), { withinMs: 60_000 });
  const perWatcher = (hearth.residentBytes() - bytesBefore) / WATCHERS;
  slowest.sort((a, b) => a - b);
  context.diagnostic(`${Math.round(perWatcher / 1024)} KiB per watcher; ingest p50 ${slowest[75].toFixed(1)} ms, p99 ${slowest[148].toFixed(1)} ms`);
  assert.ok(perWatcher < MAX_BYTES_PER_WATCHER, `${perWatcher} bytes per watcher`);

  await until("the deaf are dropped, and nobody else", () => socketsOf(hearth) <= socketsBefore + WATCHERS - DEAF, { withinMs: DROPPED_WITHIN_MS });
  assert.ok(reading.every(({ socket }) => socket.readyState === WebSocket.OPEN));
  const again = await openWatcher(hearth);
  await again.close();
  for (const { socket } of watchers) socket.terminate();
});

/** A watcher that only counts: a thousand that remember would slow down the test. */
async function count(hearth, token) {
  const socket = new WebSocket(`ws://127.0.0.1:${hearth.port}/live`, { headers: { authorization: `Bearer ${token}` } });
  const counted = { socket, events: 0, skipped: 0 };
  const subscribed = new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      if (message.type === "events") counted.events += message.events.length;
      else if (message.type === "skipped") counted.skipped += message.count;
      else if (message.type === "subscribed") resolve();
    });
  });
  await once(socket, "open");
  socket.send('{"type":"subscribe"}');
  await subscribed;
  return counted;
}
