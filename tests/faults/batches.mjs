/**
 * Batches that can be told apart for ever: everything in one follows from its plan and its number.
 *
 * The client sends them, the checker regenerates what must be stored; neither asks the other. heat-collector's rows do
 * not carry the event id, so a row is known by its time stamp: each batch owns SLOTS consecutive milliseconds of its
 * project, and each row of it one of them.
 */

/** Time stamps that one batch owns; at least the rows of a full batch (42 + 4 moves of 3 points and a spare). */
export const SLOTS = 64;

const BATCH_EVENTS = 50;
const MOVE_POINTS = 3;
const BUCKET = "1400x800";

/** One load: `label` keeps its keys and sessions apart, `bigPercent` of its batches have 50 events, the rest one. */
export function makePlan({ label, baseMs, projects = 4, bigPercent = 8, padBytes = 0 }) {
  return { label, baseMs, projects, bigPercent, padBytes };
}

/** The project that batch `n` goes to, 0-based. */
export function projectOf(plan, n) {
  return n % plan.projects;
}

/** The key of a plan's project. */
export function projectKey(plan, project) {
  return `faults-${plan.label}-p${project}`;
}

/** The session of batch `n`: eight live at a time in each project, each for a few dozen batches. */
export function sessionOf(plan, n) {
  const turn = Math.floor(n / plan.projects);
  return `session-${plan.label}-${projectOf(plan, n)}-${Math.floor(turn / 256)}-${turn % 8}`;
}

/** The types of the rows that batch `n` must leave, by slot. */
export function rowTypes(plan, n) {
  return eventTypes(plan, n).flatMap((type) => (type === "move" ? Array(MOVE_POINTS).fill("move") : [type]));
}

/** The JSON text of batch `n`, the same at every call. */
export function batchBody(plan, n) {
  const sessionId = sessionOf(plan, n);
  const firstTs = plan.baseMs + n * SLOTS;
  let slot = 0;
  const events = eventTypes(plan, n).map((type, index) => {
    const event = eventOf(plan, type, n, index, firstTs + slot, sessionId);
    slot += type === "move" ? MOVE_POINTS : 1;
    return event;
  });
  return JSON.stringify({
    sdk: { name: "@m-software-engineering/heat-sdk", version: "0.2.6" },
    app: {},
    session: { id: sessionId, startedAt: plan.baseMs, lastSeenAt: firstTs },
    events,
  });
}

function eventTypes(plan, n) {
  if (mix(n + 1) % 100 >= plan.bigPercent) return [["click", "scroll", "custom", "pageview"][mix(n) % 4]];
  return Array.from({ length: BATCH_EVENTS }, (_, index) => {
    if (index === 0) return "pageview";
    if (index % 12 === 5) return "move";
    return ["click", "scroll", "custom"][index % 3];
  });
}

function eventOf(plan, type, n, index, ts, sessionId) {
  const pad = plan.padBytes > 0 ? { note: noise(n * BATCH_EVENTS + index, plan.padBytes) } : {};
  const event = {
    eventId: eventId(plan, n, index),
    sessionId,
    ts,
    path: `/page/${mix(n) % 16}`,
    viewport: { w: 1366, h: 768, dpr: 1 },
    device: { ua: "Mozilla/5.0 (X11; Linux x86_64)", platform: "Linux x86_64", language: "en-US" },
    meta: { viewportBucket: BUCKET, ...pad },
    type,
  };
  const x = mix(n * 64 + index) % 1366;
  const y = mix(n * 64 + index + 7) % 768;
  switch (type) {
    case "click":
      return { ...event, x, y, selector: `button#b${x % 40}`, button: 0 };
    case "scroll":
      return { ...event, scrollY: y, scrollDepthPct: y % 101 };
    case "move":
      return { ...event, points: Array.from({ length: MOVE_POINTS }, (_, i) => ({ x: x + i, y, tsOffset: i })) };
    case "pageview":
      return { ...event, to: event.path };
    default:
      return { ...event, name: `goal-${x % 8}`, props: { value: y } };
  }
}

/** A UUID made of the plan, the place in the batch, and the batch. */
function eventId(plan, n, index) {
  const load = [...plan.label].reduce((hash, letter) => mix(hash ^ letter.codePointAt(0)), 1);
  const place = index.toString(16).padStart(3, "0");
  return `${load.toString(16).padStart(8, "0")}-0000-4000-8${place}-${n.toString(16).padStart(12, "0")}`;
}

/** Hex text that follows from `seed` and repeats nowhere, to fill a disk that might be compressed. */
function noise(seed, bytes) {
  let text = "";
  for (let i = 0; text.length < bytes; i += 1) text += mix(seed * 4099 + i).toString(16).padStart(8, "0");
  return text.slice(0, bytes);
}

/** A 32-bit integer hash (Murmur3's finalizer). */
function mix(n) {
  let h = (n ^ (n / 0x1_0000_0000)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
