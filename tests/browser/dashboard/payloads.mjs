// Hostile texts, and every place through which they come in.
import crypto from "node:crypto";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { stringsIn } from "../../conformance/bad_inputs/hostile_texts.mjs";
import { inputBytes } from "../../conformance/bad_inputs/input.mjs";
import { sendRaw } from "../../lib/raw_http.mjs";

const CORPUS = fileURLToPath(new URL("../../conformance/corpus/bad-inputs-dev.jsonl", import.meta.url));

/** The longest that fits every place without being cut. */
const MAX_CHARACTERS = 200;

const CLASSICS = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "</title><script>alert(1)</script>",
  "</textarea></style></noscript><img src=x onerror=alert(1)>",
  "\"><img src=x onerror=alert(1)>",
  "' onmouseover=alert(1) autofocus onfocus=alert(1) x='",
  "\" autofocus onfocus=\"alert(1)",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<iframe src=javascript:alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
  "<details open ontoggle=alert(1)>",
  "<object data=//evil.test/x></object><embed src=//evil.test/x>",
  "<link rel=stylesheet href=//evil.test/x.css><base href=//evil.test/>",
  "<meta http-equiv=refresh content='0;url=//evil.test/'>",
  "<form action=//evil.test/><button autofocus>x",
  "<img src=//evil.test/pixel.png>",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)//https://shop.example/",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "<!--<img src=--><img src=x onerror=alert(1)//>",
  "--!><script>alert(1)</script>",
  "]]><script>alert(1)</script>",
  "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;img src=x onerror=alert(1)&#62;",
  "__proto__",
  "constructor",
  "\u202Etxt.exe\u2066<b>bold</b>",
  "a\u2028b\u2029c</script>",
  "=HYPERLINK(\"http://evil.test\",\"x\")",
  "+1+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "\t=1+1",
  "\r=1+1",
  "\"\n=1+1,\"x",
];

/** Cases of the corpus whose input is a body or a request that stores something. */
const corpus = () =>
  fs.readFileSync(CORPUS, "utf8").split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line))
    .filter(({ expect, macros }) => !macros && ["stored-inert", "no-5xx", "reject-4xx"].includes(expect));

/** Every text that could be more than text: those of the corpus, of all surfaces, and our own. */
export const payloads = () => {
  const found = new Set(CLASSICS);
  for (const one of corpus()) {
    for (const text of textsOf(one)) if (/[<>"'`&$\\\u0000-\u001f\u202a-\u2069]|^[=+@-]|script:/.test(text) && text.length <= MAX_CHARACTERS) found.add(text);
  }
  return [...found];
};

/** The queries of the corpus's cases about reading, as they stand behind the `?`. */
export const hostileQueries = () => corpus().filter(({ surface }) => surface === "dashboard_query").map(({ input }) => inputBytes(input).toString("latin1"));

function* textsOf(one) {
  const text = inputBytes(one.input).toString("utf8");
  try { yield* stringsIn(JSON.parse(text)); } catch { /* no JSON: a header, a path, a query, or broken on purpose */ }
  if (one.surface === "proxied_header") yield text.slice(text.indexOf(":") + 2);
  if (one.surface === "proxied_url" || one.surface === "dashboard_query") {
    for (const part of text.split(/[?&=/]/)) {
      try { yield decodeURIComponent(part); } catch { yield part; }
    }
  }
}

/** Sends one payload through every door, in every field it can stand in. Doors may refuse it, and must answer. */
export const sendEverywhere = async ({ hearth, proxy, rich }, payload, number) => {
  await Promise.all([viaIngest(hearth, rich, payload, number), viaTrack(hearth, rich, payload, number), viaProxy(proxy, payload, number)]);
};

const json = async (hearth, path, headers, body) => {
  const answer = await fetch(hearth.base + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  if (answer.status >= 500) throw new Error(`${path} answers ${answer.status} to ${JSON.stringify(body).slice(0, 200)}`);
  return answer.status;
};

/** The number of events that were taken, for a test that insists on some. */
const viaIngest = async (hearth, { key }, payload, number) => {
  const at = Date.now() - 60_000;
  const path = number % 2 ? payload : `/${payload}`;
  const id = `${payload}#${number}`;
  let n = 0;
  const event = (fields, meta = {}) => ({
    eventId: `xss-${number}-${(n += 1)}`, sessionId: id, ts: at + n * 1000, path, viewport: { w: 1280, h: 720 },
    device: { ua: payload, platform: payload, language: payload }, meta: { renderHeight: 2000, ...meta }, ...fields,
  });
  const query = new URLSearchParams(Object.fromEntries(["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "ref"].map((name) => [name, payload])));
  await json(hearth, "/ingest", { "x-project-key": key, "user-agent": headerText(payload) }, {
    session: { id }, user: { id: payload, traits: { [payload]: payload, name: payload, email: payload } },
    sdk: { name: payload, version: payload }, app: { name: payload, version: payload, env: payload },
    events: [
      event({ type: "pageview", from: payload, to: path }, { title: payload, host: payload, referrer: number % 2 ? payload : `https://${payload}/${payload}`, query: `${query}`, [payload]: payload }),
      event({ type: "click", x: 10, y: 10, selector: payload, button: 0 }),
      event({ type: "click", x: 10, y: 10, selector: payload, button: 0 }),
      event({ type: "click", x: 10, y: 10, selector: payload, button: 0 }),
      event({ type: "move", points: [{ x: 1, y: 1, tsOffset: 0 }, { x: 9, y: 9, tsOffset: 90 }] }),
      event({ type: "scroll", scrollY: 10, scrollDepthPct: 50 }),
      event({ type: "custom", name: payload, props: { [payload]: payload, nested: { [payload]: [payload] }, url: payload } }),
    ],
  });
};

const viaTrack = async (hearth, { key }, payload, number) => {
  const headers = { "x-api-key": key };
  const anonymous = `${payload}~${number}`;
  const touch = Object.fromEntries(["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "fbclid", "gclid", "lyr", "referrer", "landing_page", "url", "path", "title"].map((name) => [name, payload]));
  const event = (name, properties) => ({
    event: name, userId: `u${payload}`, anonymousId: anonymous, eventId: crypto.randomUUID(), timestamp: new Date(Date.now() - 30_000).toISOString(),
    properties: { anonymous_id: anonymous, session_id: `${payload}!${number}`, ...touch, [payload]: payload, ...properties },
    context: { library: payload, version: payload, source: "api", userAgent: payload, app: { name: payload }, page: { url: payload, title: payload } },
  });
  await json(hearth, "/track", headers, event(payload, {}));
  await json(hearth, "/track", headers, event("pageview", {}));
  await json(hearth, "/track", headers, event("$identify", { email: payload, traits: { [payload]: payload, email: payload, first_name: payload, last_name: payload }, external_ids: { [payload]: payload } }));
  await json(hearth, "/track", headers, event("purchase", { value: 1, currency: payload }));
  // Something that is no event, for the quarantine.
  await json(hearth, "/track", headers, { events: [{ [payload]: payload }], batchId: payload, timestamp: payload });
};

const viaProxy = async (proxy, payload, number) => {
  const { port } = new URL(proxy);
  const text = headerText(payload);
  const headers = [["User-Agent", text], ["Referer", text], ["Accept-Language", text], ["X-Claimed-User", text], ["Cookie", `user=${text}; hearth_sid=${text}`]];
  const encoded = encodeURIComponent(payload.toWellFormed());
  for (const target of [`/${encoded}?utm_source=${encoded}&q=${encoded}`, `/missing/${number}/${headerText(payload).replaceAll(/[\s#]/g, "_")}`, `/api/broken?${encoded}`]) {
    await sendRaw({ port: Number(port), target, headers });
  }
};

/** What a header can carry of a text. */
const headerText = (text) => text.replaceAll(/[^\x20-\x7e]/g, "_").trim();
