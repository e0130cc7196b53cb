/**
 * The clicks of the heatmap benchmark, the same for both sides: click `k` follows from its number alone.
 *
 * A quarter lies on HOT_PATH, the rest on 15 other pages; times go up and end before now.
 */

export const HOT_PATH = "/pricing";
export const PROJECT_KEY = "bench-heatmap";
export const VIEWPORT = { w: 1366, h: 768, dpr: 1 };
export const BUCKET = "1400x800";

/** Clicks of one session, and of one batch. */
export const SESSION_CLICKS = 1000;

const STEP_MS = 200;
/** 10 M clicks take 23 days of these; fixed at load so that all clicks of a run fit together. */
const FIRST_MS = Date.now() - 25 * 86_400_000;

/** `{ts, path, x, y}` of click k; every x has three digits and every y four. */
export function click(k) {
  const h = hash(k);
  return {
    ts: FIRST_MS + k * STEP_MS,
    path: k % 4 === 0 ? HOT_PATH : `/page-${10 + (h % 15)}`,
    x: 100 + ((h >>> 4) % 900),
    y: 1000 + ((h >>> 14) % 3000),
  };
}

/** The session of click k. */
export function sessionId(k) {
  return `bench-session-${String(Math.floor(k / SESSION_CLICKS)).padStart(8, "0")}`;
}

/** A UUID made of the number. */
export function eventId(k) {
  return `${hash(k).toString(16).padStart(8, "0")}-0000-4000-8000-${k.toString(16).padStart(12, "0")}`;
}

/** A 32-bit integer hash (Murmur3's finalizer). */
function hash(k) {
  let h = (k + 1) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
