// Random valid exchanges: what a client may send and an app may answer, odd but legal.
import { Random } from "../lib/random.mjs";

const MIB = 1 << 20;
/** The largest body; some exchanges have exactly this many bytes up or down. */
const LARGEST_BODY_BYTES = 100 * MIB;

const METHODS = ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
const ODD_METHODS = ["M-SEARCH", "X!#$%&'*+-.^`|~9"];
const STATUSES = [200, 200, 200, 200, 201, 202, 203, 205, 207, 226, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 418, 422, 428, 429, 451, 499, 500, 501, 502, 503, 504, 599];
const UNRESERVED = "abcXYZ019-._~";
/** RFC 3986 pchar without the percent sign. */
const PATH_CHARACTERS = `${UNRESERVED}!$&'()*+,;=:@`;
/** What browsers send in a query besides: the URL standard leaves these as they are. */
const QUERY_CHARACTERS = `${PATH_CHARACTERS}/?[]|{}^\`\\`;
const ESCAPES = ["%20", "%2F", "%2f", "%25", "%C3%A9", "%ff", "%0d%0a", "%3F", "%23"];
/** Nothing to a proxy that does not interpret paths; nginx refuses them. */
const ODD_ESCAPES = ["%00", "%2e%2E"];
const TOKEN = "!#$%&'*+-.^`|~09azAZ";
const VALUE = `${UNRESERVED} \t"',;=<>@[]{}()\\/:?#%\x80\xa0\xe9\xff`;

/**
 * What the plan can leave out for a proxy that is known to fail at it: the stand-ins that these tests are checked with.
 * Hearth gets them all.
 */
export const FEATURES = ["interim", "connection_named", "expectation", "trailers", "odd_methods", "odd_paths"];

/** The plan of `count` exchanges; each is data only, bodies are named by seed and size. */
export const planExchanges = (seed, count, without = []) => {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, id) => planExchange(random.fork(), id, largeBody(id, count), (feature) => !without.includes(feature)));
};

/** A few exchanges have the largest body: up or down, with a length or chunked. */
const largeBody = (id, count) => {
  const places = ["up length", "down chunked", "up chunked", "down length"];
  const step = Math.floor(count / places.length);
  return step > 0 && id % step === step - 1 ? places[Math.floor(id / step)] : undefined;
};

const planExchange = (random, id, large, has) => {
  const version = random.chance(0.04) ? "1.0" : "1.1";
  const request = planRequest(random, large, version, has);
  const response = planResponse(random, large, request, has);
  request.fields.push(["X-Exchange", String(id)]);
  return { id, request, response };
};

const planRequest = (random, large, version, has) => {
  const method = large ? "POST" : random.pick(has("odd_methods") ? [...METHODS, ...ODD_METHODS] : METHODS);
  const withBody = large?.startsWith("up") || (!["GET", "HEAD"].includes(method) && random.chance(0.8)) || random.chance(0.05);
  const body = withBody ? { seed: random.integer(0, 1e9), bytes: large?.startsWith("up") ? LARGEST_BODY_BYTES : bodySize(random) } : undefined;
  const chunked = body && version === "1.1" && (large ? large.endsWith("chunked") : random.chance(0.4));
  const close = version === "1.0" || random.chance(0.05);
  const fields = [...randomFields(random, "X-Q", random.chance(0.1) ? 60 : 8), ...cookies(random), ...commonFields(random)];
  const hop = [];
  if (has("connection_named") && random.chance(0.1)) {
    hop.push("x-only-this-hop");
    fields.push(["X-Only-This-Hop", "1"]);
  }
  if (random.chance(0.1)) fields.push(["TE", "trailers"]);
  if (close || hop.length > 0 || random.chance(0.3)) fields.push(["Connection", [close ? "close" : "keep-alive", ...hop].join(", ")]);
  if (chunked) fields.push(["Transfer-Encoding", random.pick(["chunked", "Chunked"])]);
  else if (body) fields.push(["Content-Length", String(body.bytes)]);
  const expects = has("expectation") && version === "1.1" && body?.bytes > 0 && random.chance(0.15);
  if (expects) fields.push(["Expect", "100-continue"]);
  return { method, target: target(random, has), version, fields, body, chunked: Boolean(chunked), trailers: trailersFor(random, chunked, has), close, expects, hop };
};

const planResponse = (random, large, request, has) => {
  const range = !large && request.method === "GET" && random.chance(0.1);
  const empty = !large && !range && random.chance(0.12);
  const status = range ? 206 : large ? 200 : empty ? random.pick([204, 304]) : random.pick(STATUSES);
  const mayHaveBody = status !== 204 && status !== 304 && status !== 205;
  const body = mayHaveBody ? { seed: random.integer(0, 1e9), bytes: large?.startsWith("down") ? LARGEST_BODY_BYTES : bodySize(random) } : { seed: 0, bytes: 0 };
  const framing = !mayHaveBody ? "none" : large ? (large === "down chunked" ? "chunked" : "length") : random.pick(["length", "length", "chunked", "chunked", "close"]);
  const version = framing !== "chunked" && random.chance(0.05) ? "1.0" : "1.1";
  const close = framing === "close" || version === "1.0" || random.chance(0.05);
  const fields = [...randomFields(random, "X-A", random.chance(0.1) ? 60 : 8), ...setCookies(random)];
  if (random.chance(0.7)) fields.push(["Date", "Thu, 19 Nov 2026 08:49:37 GMT"]);
  if (random.chance(0.5)) fields.push(["Server", "odd/1.0 (test)"]);
  if (random.chance(0.3)) fields.push(["ETag", `W/"${random.text(8, UNRESERVED)}"`]);
  if (random.chance(0.2)) fields.push(["Vary", "Accept-Encoding"], ["Vary", "Cookie"]);
  if (random.chance(0.2)) fields.push(["WWW-Authenticate", 'Basic realm="a, b"'], ["WWW-Authenticate", "Bearer"]);
  if (random.chance(0.2)) fields.push(["Content-Encoding", "x-odd"], ["Content-Type", 'text/html; charset="\xe9"']);
  if (range) {
    const start = random.integer(0, 1000);
    const end = body.bytes === 0 ? start : start + body.bytes - 1;
    fields.push(["Content-Range", `bytes ${start}-${end}/${end + 1000}`], ["Accept-Ranges", "bytes"]);
  }
  const hop = [];
  if (has("connection_named") && random.chance(0.1)) {
    hop.push("x-only-back-hop");
    fields.push(["X-Only-Back-Hop", "1"]);
  }
  if (close || hop.length > 0 || random.chance(0.2)) fields.push(["Connection", [close ? "close" : "keep-alive", ...hop].join(", ")]);
  if (status === 205) fields.push(["Content-Length", "0"]);
  else if (framing === "length") fields.push(["Content-Length", String(body.bytes)]);
  // A 304 may tell the length of the representation that it does not send (RFC 9110 8.6).
  else if (status === 304 && random.chance(0.5)) fields.push(["Content-Length", String(random.integer(1, 100_000))]);
  if (framing === "chunked") fields.push(["Transfer-Encoding", "chunked"]);
  const interim = has("interim") && request.version === "1.1" && random.chance(0.1) ? random.pick([[103], [102], [103, 103], [102, 103]]) : [];
  return { status, reason: random.chance(0.2) ? random.pick(["", "Fine, thanks", "Caf\xe9"]) : "OK", version, fields, body, framing, trailers: trailersFor(random, framing === "chunked", has), close, interim, hop };
};

const bodySize = (random) => {
  const dice = random.next();
  if (dice < 0.15) return 0;
  if (dice < 0.5) return random.integer(1, 1000);
  if (dice < 0.8) return random.integer(1000, 64 << 10);
  if (dice < 0.98) return random.integer(64 << 10, MIB);
  return random.integer(MIB, 8 * MIB);
};

const trailersFor = (random, chunked, has) =>
  chunked && has("trailers") && random.chance(0.2) ? [["X-Trailer", random.text(10, UNRESERVED)], ["X-Checksum", "1"]] : [];

/** A path and query as it goes on the wire; it always begins so that no reserved prefix is met by chance. */
const target = (random, has) => {
  const escapes = has("odd_paths") ? [...ESCAPES, ...ODD_ESCAPES] : ESCAPES;
  const odd = (characters) => (random.chance(0.4) ? random.pick(escapes) : random.text(random.integer(0, 8), characters));
  if (random.chance(0.05)) return `/${random.text(random.integer(6000, 7900), UNRESERVED)}`;
  let text = random.pick(["/", "/a", "//a", "/./a", "/;a", "/%5fa", has("odd_paths") ? "/../a" : "/"]);
  for (let i = random.integer(0, 6); i > 0; i -= 1) text += random.chance(0.4) ? `/${odd(PATH_CHARACTERS)}` : odd(PATH_CHARACTERS);
  if (random.chance(0.2)) text += random.pick(["/", "//", "/.", "/:", "/a:80", ...(has("odd_paths") ? ["/..", "/%2e%2e"] : [])]);
  if (random.chance(0.6)) {
    text += "?";
    for (let i = random.integer(0, 5); i > 0; i -= 1) text += `${odd(QUERY_CHARACTERS)}${random.pick(["=", "&", "&&", "=&", "", "?"])}`;
  }
  return text;
};

/** Fields of any legal name and value, some several times; the prefix keeps them from meaning something. */
const randomFields = (random, prefix, most) => {
  const fields = [];
  for (let i = random.integer(0, most); i > 0; i -= 1) {
    const name = `${prefix}${random.text(random.integer(1, 12), TOKEN)}`;
    const value = random.chance(0.1) ? "" : random.chance(0.03) ? random.text(random.integer(1000, 4000), VALUE) : random.text(random.integer(1, 40), VALUE);
    fields.push([random.chance(0.15) && fields.length > 0 ? random.pick(fields)[0] : name, value.trim()]);
  }
  return fields;
};

const commonFields = (random) => {
  const fields = [["User-Agent", random.pick(["odd/1.0", "Mozilla/5.0 (X11; Linux x86_64) \xe9", ""])]];
  if (random.chance(0.3)) fields.push(["Accept-Encoding", "gzip, br;q=0"], ["Accept", "*/*"]);
  if (random.chance(0.2)) fields.push(["Authorization", "Basic dXNlcjpwYXNz"]);
  if (random.chance(0.2)) fields.push(["Range", "bytes=0-99,200-"], ["If-Range", '"x"']);
  if (random.chance(0.2)) fields.push(["If-None-Match", '"a", W/"b"'], ["Cache-Control", "no-cache"]);
  if (random.chance(0.2)) fields.push(["traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"], ["tracestate", "a=1,b=2"]);
  if (random.chance(0.2)) fields.push(["Origin", "null"], ["Referer", "http://elsewhere.example/?q=1"]);
  return fields;
};

const cookies = (random) => {
  if (random.chance(0.5)) return [];
  const pairs = Array.from({ length: random.integer(1, random.chance(0.2) ? 120 : 6) }, (_, i) => `c${i}=${random.text(random.integer(0, 20), `${UNRESERVED}!#$%&'()*+/:<=>?@[]^\`{|}`)}`);
  if (pairs.length < 4 || random.chance(0.7)) return [["Cookie", pairs.join("; ")]];
  return [["Cookie", pairs.slice(0, 2).join("; ")], ["Cookie", pairs.slice(2).join("; ")]];
};

const setCookies = (random) =>
  random.chance(0.6) ? [] : Array.from({ length: random.integer(1, 12) }, (_, i) => ["Set-Cookie", `s${i}=${random.text(12, UNRESERVED)}; Path=/; Expires=Thu, 19 Nov 2026 08:49:37 GMT; HttpOnly`]);
