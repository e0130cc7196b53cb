// The live view: a request and a click are there within a second, it can be paused, and it does without the websocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../lib/until.mjs";
import { openContext } from "./opened.mjs";
import { post } from "./seed.mjs";
import { useWorld } from "./world.mjs";

const world = useWorld();

/** What is asked of the live view: from the moment it is sent until it is shown, in milliseconds. */
const SHOWN_WITHIN_MS = 1000;

/** Opens the live view and waits until it says that it is connected. */
const openLive = async () => {
  const opened = await openContext(world);
  const socket = opened.page.waitForEvent("websocket", { timeout: 10_000 });
  assert.equal(await opened.visit(`/p/${world.rich.id}/live`), 200);
  await socket;
  await until("the view says that it is connected", async () => (await opened.page.locator("[data-state]").innerText()) === "Connected");
  // Notes when a text first stands on the page, by the clock that this process has, too.
  await opened.page.evaluate(() => {
    const seen = (globalThis.seenAt = {});
    const look = () => {
      const text = document.querySelector("main").textContent;
      for (const token of text.match(/token-[a-z0-9]+-end/g) ?? []) seen[token] ??= Date.now();
    };
    new MutationObserver(look).observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true });
  });
  return opened;
};

const seenAt = (opened, token) => opened.page.evaluate((token) => globalThis.seenAt[token], token);

let made = 0;
const newToken = () => `token-${Date.now().toString(36)}${(made += 1).toString(36)}-end`;

/** Sends clicks on a page of that name. */
const click = (token) => {
  const event = { type: "click", eventId: token, sessionId: token, ts: Date.now(), path: `/${token}`, viewport: { w: 1280, h: 720 }, device: {}, x: 10, y: 10, selector: "button", button: 0 };
  return post(world.hearth, "/ingest", { "x-project-key": world.rich.key }, { session: { id: token }, events: [event] });
};

for (const [what, send] of [
  // Routes are learned: a name that is no number stays as it is.
  ["a proxied request", (token) => fetch(`${world.proxy}/missing/${token}`).then((answer) => answer.arrayBuffer())],
  ["a click", click],
]) {
  test(`${what} is shown within a second`, async () => {
    const opened = await openLive();
    const delays = [];
    for (let n = 0; n < 10; n += 1) {
      const token = newToken();
      const sentAt = Date.now();
      await send(token);
      delays.push((await until(`${what} is shown`, () => seenAt(opened, token))) - sentAt);
    }
    delays.sort((a, b) => a - b);
    console.log(`${what}: shown after ${delays[5]} ms (median), ${delays.at(-1)} ms at most`);
    assert.ok(delays.at(-1) <= SHOWN_WITHIN_MS, `${delays.at(-1)} ms`);
    assert.deepEqual(opened.complaints, []);
    await opened.close();
  });
}

test("a pause holds the list, and going on goes on", async () => {
  const opened = await openLive();
  const button = opened.page.getByRole("button", { name: /pause/i });
  await button.click();
  const [paused, later] = [newToken(), newToken()];
  await click(paused);
  // What another view shows has been told to this one as well.
  const other = await openLive();
  await click(later);
  await until("another view shows it", () => seenAt(other, later));
  assert.equal(await seenAt(opened, later), undefined);
  await opened.page.getByRole("button", { name: /resume|go on|continue|play/i }).click();
  const after = newToken();
  await click(after);
  await until("the list goes on", () => seenAt(opened, after));
  await other.close();
  await opened.close();
});

test("without a websocket it asks now and then, and says so", async () => {
  const opened = await openContext(world);
  await opened.page.addInitScript(() => { globalThis.WebSocket = class { constructor() { throw new Error("no websockets here"); } }; });
  assert.equal(await opened.visit(`/p/${world.rich.id}/live`), 200);
  const token = newToken();
  await click(token);
  await until("it is shown", async () => (await opened.page.locator("main").innerText()).includes(token), { withinMs: 20_000 });
  await opened.close();
});
