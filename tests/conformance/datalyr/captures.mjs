// What the real SDKs sent, as text: copies get fresh ids and other times, and keep every escape as it was.
import crypto from "node:crypto";
import fs from "node:fs";

/** Every captured request in the order in which they were sent. */
export const CAPTURES = fs.readFileSync(new URL("../../fixtures/datalyr-captures.jsonl", import.meta.url), "utf8")
  .trim().split("\n").map((line) => JSON.parse(line));

/** The `nth` captured request of a kind, of one version if given. */
export const capture = (kind, version, nth = 0) => {
  const found = CAPTURES.filter((one) => one.kind === kind && (version === undefined || one.sdk_version === version))[nth];
  if (!found) throw new Error(`no capture ${kind} ${version ?? ""}`);
  return found;
};

const letters = (count) => {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  return Array.from(crypto.randomBytes(count), (byte) => alphabet[byte % 36]).join("");
};

const hex = (count) => crypto.randomBytes(count).toString("hex").slice(0, count);

/** What an id looks like, and what a fresh one in its place looks like. */
const IDS = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, (id) => (/[A-F]/.test(id) ? crypto.randomUUID().toUpperCase() : crypto.randomUUID())],
  [/(?<=sess_\d{13}_)[0-9a-z]{9}(?=")/g, () => letters(9)],
  [/(?<="anon_)[0-9a-z]{16,22}(?=")/g, (id) => letters(id.length)],
  [/(?<=")(?:old_|new_)?user_(?:\d+|old2?|rn(?:_2)?)(?=")/g, (id) => `${id}_${letters(10)}`],
  [/(?<="userId":")u(?=")/g, () => `u_${letters(10)}`],
  [/(?<=")[a-z]+@example\.com(?=")/g, (id) => `${letters(10)}.${id}`],
  [/(?<=")(?:evt_1Nxxxxx|stripe_evt_1|rc_evt_77|rc_user_9|KP1|cs_test_\w+)(?=")/g, (id) => `${id}${letters(10)}`],
  [/(?<="(?:userId|user_id|distinct_id|canonical_id)":)\d+(?=[,}])/g, (id) => `${crypto.randomInt(1e8, 1e9)}${"0".repeat(Math.max(0, id.length - 9))}`],
  [/(?<=-)[0-9a-f]{64}(?=")/g, () => hex(64)],
];

/** Stamps of the captures: their day as ISO text, and their hours as milliseconds. */
const STAMPS = /2026-11-20T\d\d:\d\d:\d\d\.\d{3}Z|\b1795\d{9}\b/g;

/** Copies of captures that share their fresh ids: what was the same id before is the same id afterwards. */
export class Copies {
  #fresh = new Map();

  /** The fresh id in place of one in the captures. */
  id(original) {
    const found = this.#fresh.get(original);
    if (found === undefined) throw new Error(`no copy contains ${original}`);
    return found;
  }

  /** The text of a capture with fresh ids, for workspace ws_1, every time later by `laterMs`. */
  text({ raw }, laterMs = 0) {
    const renamed = IDS.reduce((text, [pattern, make]) => text.replace(pattern, (id) => this.#replace(id, make)), raw);
    return shift(renamed.replaceAll("ws_test_1", "ws_1"), laterMs);
  }

  #replace(id, make) {
    if (!this.#fresh.has(id)) {
      const fresh = make(id);
      this.#fresh.set(id, fresh);
      // What was put in must not be taken for an original by a later pattern.
      this.#fresh.set(fresh, fresh);
    }
    return this.#fresh.get(id);
  }
}

/** The text with every stamp of the captures' day later by `laterMs`. */
export const shift = (text, laterMs) =>
  text.replace(STAMPS, (stamp) => (stamp.includes("T") ? new Date(Date.parse(stamp) + laterMs).toISOString() : String(Number(stamp) + laterMs)));

/** By how much a capture's times must be later so that it was sent a moment ago. */
export const toNow = ({ raw }) => Date.now() - 2000 - Math.max(...(raw.match(STAMPS) ?? []).map(stampMs));

const stampMs = (stamp) => (stamp.includes("T") ? Date.parse(stamp) : Number(stamp));

/** The text of a batch as if it were sent at `sentMs`: a browser's clock is judged by that. */
export const sentAt = (text, sentMs = Date.now()) => text.replace(/"timestamp":"[^"]*"\}$/, `"timestamp":"${new Date(sentMs).toISOString()}"}`);

/** The events of a body of any shape as `{id, name, properties, time, session, anonymous, device, user}`, as they were sent. */
export const eventsIn = (text) => {
  const body = JSON.parse(text);
  const one = (event) => ({
    id: event.event_id ?? event.eventId,
    name: event.event_name ?? event.eventName ?? event.event,
    properties: event.event_data ?? event.eventData ?? event.properties,
    time: Date.parse(event.timestamp),
    session: event.session_id ?? event.sessionId ?? event.context?.session_id,
    anonymous: event.visitor_id ?? event.anonymousId ?? event.visitorId,
    device: event.visitorId,
    user: event.user_id ?? event.userId,
  });
  return (body.events ?? [body]).map(one);
};
