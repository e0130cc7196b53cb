// What every case gets: the running Hearth, its projects, the doors of the protocol, and the checks on every answer.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { sendRaw } from "../../lib/raw_http.mjs";
import { ORIGIN, startInstallation } from "../../datalyr/installation.mjs";
import { stringsIn } from "../bad_inputs/hostile_texts.mjs";

export { ORIGIN } from "../../datalyr/installation.mjs";

/** Shortest submitted text that is looked for in answers: shorter ones may be there by chance. */
const SHORTEST_ECHO = 6;

/** Starts the installation that the cases share. */
export const startWorld = async (settings, options) => new World(await startInstallation(settings, options));

export class World {
  constructor(installation) { this.installation = installation; }

  get hearth() { return this.installation.hearth; }
  get p1() { return this.installation.p1; }
  get p2() { return this.installation.p2; }

  /** Sends exactly this; `headers` is an object. */
  send({ method = "POST", target, headers = {}, body = "" }) {
    return sendRaw({ port: this.hearth.port, method, target, headers: Object.entries(headers), body: Buffer.from(body) });
  }

  /** As a server or an app sends: one event, with a key; `headers` replace the usual ones. */
  track(body, { key = this.p1.key, target = "/track", headers } = {}) {
    return this.send({ target, body: text(body), headers: headers ?? { "Content-Type": "application/json", "X-API-Key": key } });
  }

  /** As a page sends: a batch, without a key. */
  web(body, { origin = ORIGIN, target = "/", headers = {} } = {}) {
    return this.send({ target, body: text(body), headers: { "Content-Type": "application/json", ...(origin === null ? {} : { Origin: origin }), ...headers } });
  }

  /** Like `track`, and taken. */
  async tracked(body, options) { return expectTaken(await this.track(body, options), text(body)); }

  /** Like `web`, and taken. */
  async batched(body, options) { return expectTaken(await this.web(body, options), text(body)); }
}

const text = (body) => (typeof body === "string" ? body : JSON.stringify(body));

/** Exactly 200, a JSON object that is not empty, and nothing of what was sent (datalyr.md 0.1, 8; case 17). */
export const expectTaken = (answer, sent) => {
  assert.equal(answer.status, 200, `answered ${answer.status} ${answer.text.slice(0, 200)}`);
  assert.match(answer.headers["content-type"] ?? "", /^application\/json\b/);
  assert.ok(Number(answer.headers["content-length"]) > 0, "no Content-Length");
  assert.ok(answer.json !== null && typeof answer.json === "object" && !Array.isArray(answer.json), `not an object: ${answer.text.slice(0, 100)}`);
  for (const submitted of submittedIn(sent)) assert.ok(!answer.text.includes(submitted), `the answer repeats ${submitted.slice(0, 80)}`);
  return answer;
};

/** Refused with this status, as JSON. */
export const expectRefused = (answer, status) => {
  assert.equal(answer.status, status, `answered ${answer.status} ${answer.text.slice(0, 200)}`);
  assert.match(answer.headers["content-type"] ?? "", /^application\/json\b/);
  assert.equal(typeof answer.json, "object", `not JSON: ${answer.text.slice(0, 100)}`);
  assert.equal(answer.json.success, false);
  return answer;
};

/** What a page of `origin` needs to read an answer (datalyr.md 3). */
export const expectReadable = (answer, origin = ORIGIN) => {
  assert.equal(answer.headers["access-control-allow-origin"], origin, "Access-Control-Allow-Origin");
  assert.equal(answer.headers["access-control-allow-credentials"], "true", "Access-Control-Allow-Credentials");
  assert.ok(namesIn(answer.headers["access-control-expose-headers"]).includes("retry-after"), "Retry-After is not exposed");
  assert.ok(namesIn(answer.headers.vary).includes("origin"), `Vary: ${answer.headers.vary}`);
  return answer;
};

/** Names in a header that is a list, in lower case. */
export const namesIn = (header = "") => header.toLowerCase().split(",").map((name) => name.trim());

/** Texts that were submitted as values, long enough to be recognised. */
const submittedIn = (sent) => {
  let body;
  try { body = JSON.parse(sent); } catch { return []; }
  const values = [...stringsIn(body)].filter((value) => value.length >= SHORTEST_ECHO);
  const names = new Set(["success", "accepted", "duplicate", "duplicates", "rejected"]);
  return values.filter((value) => !names.has(value));
};

/** A short text that nothing else contains. */
export const unique = (prefix = "x") => `${prefix}_${crypto.randomBytes(8).toString("hex")}`;

export const uuid = () => crypto.randomUUID();

/** `ms` as the SDKs write it. */
export const iso = (ms) => new Date(ms).toISOString();

/** An event as @datalyr/api 1.3.1 sends it; `event` replaces its parts, and what is undefined in it is left out. */
export const apiEvent = ({ properties = {}, context = {}, ...event } = {}) => {
  const anonymousId = "anonymousId" in event ? event.anonymousId : `anon_${uuid()}`;
  return {
    event: "tested", eventId: uuid(), timestamp: iso(Date.now() - 1000), ...event, anonymousId,
    properties: { ...properties, ...(anonymousId === undefined ? {} : { anonymous_id: anonymousId }) },
    context: { library: "@datalyr/api", version: "1.3.1", source: "api", schema_version: 1, ...context },
  };
};

/** An event as @datalyr/web 1.7.12 puts it into a batch. */
export const webEvent = ({ visitor = `anon_${uuid()}`, user = null, session = `sess_${uuid()}`, name = "pageview", data = {}, at = Date.now() - 1000, ...event } = {}) => ({
  workspace_id: "ws_1", event_id: uuid(), event_name: name,
  event_data: { session_id: session, timestamp: at - 10, ...data },
  source: "web", timestamp: iso(at), distinct_id: user ?? visitor, anonymous_id: visitor, visitor_id: visitor, user_id: user,
  canonical_id: user ?? visitor, session_id: session, resolution_method: "browser_sdk", resolution_confidence: 1,
  sdk_version: "1.7.12", sdk_name: "datalyr-web-sdk", schema_version: 1, ...event,
});

/** A batch of such events, sent now. */
export const webBatch = (events) => ({ events, batchId: uuid(), timestamp: iso(Date.now()) });

/** What the web SDK adds to every event of a visitor who came by an advertisement; `at` is when it noticed. */
export const landing = (at) => ({
  timestamp: at, utm_source: "facebook", source: "klaviyo", utm_medium: "cpc", medium: "cpc", utm_campaign: "spring", campaign: "spring",
  clickId: "FB123", clickIdType: "fbclid", fbclid: "FB123", gclid: "G1", oppref: "O1", lyr: "L9",
  landingPage: "https://shop.example.org/landing?utm_source=facebook&fbclid=FB123", landingPath: "/landing",
});

/** An event as @datalyr/react-native 1.7.18 sends it in its default mode. */
export const appEvent = ({ properties = {}, session = `sess_${Date.now()}_abcdefghi`, library = "@datalyr/react-native", ...event } = {}) => ({
  event: "tested", eventId: uuid(), timestamp: iso(Date.now() - 1000), ...event,
  properties: { platform: "ios", sessionId: session, source: "mobile_app", ...(event.userId && library.endsWith("native") ? { userId: event.userId } : {}), ...(event.anonymousId ? { anonymous_id: event.anonymousId } : {}), ...properties },
  context: { library, version: "1.7.18", source: "mobile_app", session_id: session },
});
