// The real heat-collector: fed, stopped, and asked again.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePort } from "../lib/port.mjs";
import { Random } from "../lib/random.mjs";
import { killAtExit } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";

const COLLECTOR = fileURLToPath(new URL("../bench/collector.mjs", import.meta.url));
const HEAT_DIFF = fileURLToPath(new URL("../conformance/corpus/heat_diff.mjs", import.meta.url));
const CORPUS = fileURLToPath(new URL("../conformance/corpus/heat-corpus-dev.jsonl", import.meta.url));

/** Starts heat-collector on a file. */
export const startOriginal = async (file) => {
  const port = await freePort();
  const child = killAtExit(spawn(process.execPath, [COLLECTOR, String(port), file], { stdio: "ignore", env: { ...process.env, TZ: "UTC" } }));
  const base = `http://127.0.0.1:${port}`;
  await until("heat-collector answers", async () => (await fetch(`${base}/api/metrics`)).ok, { withinMs: 60_000 });
  const stop = () => new Promise((resolve) => { child.once("exit", resolve); child.kill("SIGTERM"); });
  return { base, stop };
};

/** Sends it every recorded conversation that needs no other configuration; what it answers is not looked at here. */
export const feedCorpus = (base) =>
  new Promise((resolve) => {
    const child = killAtExit(spawn(process.execPath, [HEAT_DIFF, "--base", base, "--corpus", CORPUS], { stdio: "ignore" }));
    child.once("exit", resolve);
  });

const KEYS = ["key one", "key-two", "hk_three"];
const DAY_MS = 86_400_000;

/** Sends random batches of a few projects, sessions and users; the same seed sends the same. */
export const feedRandom = async (base, seed, batches) => {
  const random = new Random(seed);
  const began = Date.now() - 20 * DAY_MS;
  for (let n = 0; n < batches; n += 1) {
    const key = random.integer(0, KEYS.length - 1);
    const session = `${key}-${random.integer(0, 19)}`;
    const at = began + random.integer(0, 15 * DAY_MS);
    const body = {
      session: { id: session, startedAt: at - (at % 1_000), lastSeenAt: at + 5_000 },
      events: Array.from({ length: random.integer(1, 12) }, (_, i) => event(random, at + i * random.pick([0, 7.5, 400]))),
    };
    if (random.chance(0.4)) body.user = { id: `user ${random.integer(0, 5)}`, traits: { plan: random.integer(0, 2) } };
    const answer = await fetch(`${base}/ingest`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-project-key": KEYS[key], "user-agent": random.pick(["Browser/1", "Browser/2"]) },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  }
};

const event = (random, ts) => {
  const common = {
    eventId: String(random.integer(0, 1e9)), sessionId: "ignored", ts, path: `/${random.pick(["", "shop", "shop?page=2", "cart#top", "ünïcode/%2F"])}`,
    viewport: random.pick([{ w: 1366, h: 768 }, { w: 390, h: 844, dpr: 3 }, { w: 0, h: 0 }]), device: { ua: "Browser/1", language: "de" },
    ...(random.chance(0.5) ? { meta: random.pick([{ viewportBucket: "1400x800" }, { note: "x", value: "typed" }, { viewportBucket: "no" }]) } : {}),
  };
  const x = random.integer(-20, 1_500) + random.pick([0, 0.5, 0.25]);
  const y = random.integer(0, 3_000);
  switch (random.pick(["click", "click", "move", "move", "scroll", "pageview", "custom", "input", "keyboard"])) {
    case "click": return { ...common, type: "click", x, y, ...(random.chance(0.5) ? { selector: "#buy > a" } : {}), button: 0 };
    case "move": return { ...common, type: "move", points: Array.from({ length: random.integer(0, 30) }, (_, i) => ({ x: x + i, y, tsOffset: i * random.pick([0, 16, 90, -16, 1_500]) })) };
    case "scroll": return { ...common, type: "scroll", scrollY: y, scrollDepthPct: random.integer(0, 130) + 0.5 };
    case "pageview": return { ...common, type: "pageview", from: "/a", to: "/b" };
    case "custom": return { ...common, type: "custom", name: "added", props: { n: 1 } };
    case "input": return { ...common, type: "input", action: "change", selector: "input", masked: random.pick(["***", "typed"]) };
    default: return { ...common, type: "keyboard", category: "navigation" };
  }
};
