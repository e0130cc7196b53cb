// What visitors of the Express app do, by a seed, and what must be recorded of each request.
import { Random } from "../lib/random.mjs";

const USERS = 24;
const SHOPS = ["books", "toys", "tea"];
const WORDS = ["alpha", "beta", "gamma"];
const AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1", "odd-client/1.0"];
/** Few, since each takes longer than a second. */
const SLOW_REQUESTS = 12;

/** `count` requests: `{method, path, headers, body, expected}`; `expected` has the recorded values that follow from it. */
export const writeScript = (seed, count) => {
  const random = new Random(seed);
  const requests = Array.from({ length: count }, () => visit(random, random.pick(STEPS)));
  for (let i = 0; i < SLOW_REQUESTS; i += 1) requests.splice(random.integer(0, requests.length), 0, visit(random, slow));
  return requests;
};

const visit = (random, step) => {
  const { method = "GET", path, route, status = 200, headers = {}, body, url = path, isSlow = false } = step(random);
  const user = random.chance(0.8) ? random.integer(1, USERS) : undefined;
  const session = user === undefined ? undefined : `s${user}-${random.integer(1, 2)}`;
  const agent = user === undefined ? AGENTS[2] : AGENTS[(user + random.integer(0, 1)) % 2];
  const cookie = user === undefined ? {} : { cookie: `theme=dark; uid=u${user}; sid=${session}` };
  return {
    method,
    path,
    body,
    headers: { "user-agent": agent, ...cookie, ...headers },
    expected: {
      method,
      route,
      originalUrl: url,
      statusCode: status,
      userId: user === undefined ? null : `u${user}`,
      sessionId: session ?? null,
      userAgent: agent,
      isSlow,
    },
  };
};

const slow = () => ({ path: "/slow", route: "/slow", isSlow: true });

/** One step of a visitor: the request, its route and its status. What is asked for is told with its secrets removed. */
const STEPS = [
  () => ({ path: "/", route: "/" }),
  (random) => ({ path: `/users/${random.integer(1, 500)}`, route: "/users/:id" }),
  (random) => ({ method: "HEAD", path: `/users/${random.integer(1, 500)}`, route: "/users/:id" }),
  (random) => ({ path: `/users/${random.integer(1, 500)}/orders/${random.integer(1, 99_999)}`, route: "/users/:id/orders/:id" }),
  (random) => ({ path: `/shop/${random.pick(SHOPS)}/${random.pick(WORDS)}`, route: "/shop/:category/:item" }),
  (random) => {
    const page = random.integer(1, 9);
    return { path: `/search?q=${random.pick(WORDS)}&page=${page}&token=s3cret`, url: `/search?q=REDACTED&page=${page}&token=REDACTED`, route: "/search" };
  },
  (random) => ({ method: "POST", path: "/orders", route: "/orders", status: 201, body: JSON.stringify({ n: random.integer(1, 9), text: "x".repeat(random.integer(0, 2000)) }), headers: { "content-type": "application/json" } }),
  () => ({ method: "POST", path: "/orders", route: "/orders", status: 500, body: "{ not json", headers: { "content-type": "application/json" } }),
  (random) => ({ method: "DELETE", path: `/orders/${random.integer(1, 9999)}`, route: "/orders/:id", status: 204 }),
  () => ({ path: "/old", route: "/old", status: 302 }),
  () => ({ path: "/private", route: "/private", status: 401 }),
  (random) => ({ path: `/reports/${random.pick(WORDS)}`, route: "/reports/:name" }),
  () => ({ path: "/boom", route: "/boom", status: 500 }),
  () => ({ path: "/static/app.css", route: "/static/app.css" }),
  () => ({ path: "/static/app.js", route: "/static/app.js", status: 304, headers: { "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT" } }),
  () => ({ path: "/wp-login.php", route: "/wp-login.php", status: 404 }),
  () => ({ path: "/static/none.css", route: "/static/none.css", status: 404 }),
];
