// Surface `login`: the sign-in, its cookies and throttle, forms of other origins, and what other origins may read.
import { startHearth } from "../../lib/hearth.mjs";
import { sendRaw } from "../../lib/raw_http.mjs";
import { inputBytes } from "./input.mjs";
import { expect, fail } from "./tally.mjs";
import { expectHealthy, expectNoServerError } from "./watch.mjs";

const NAME = "admin";
const PASSWORD = "tuba-gletscher-07";
const SITE = "https://site.test";
const EVIL = "https://evil.test";

/** Wrong passwords of one address that may be looked at within a minute. */
const MOST_EVALUATED = 10;

/** Runs the cases. Each has a server of its own: the throttle of one must not answer for another. */
export const runLogin = async (cases, tally) => {
  for (const one of cases) {
    await tally.run(one.name, async () => {
      const check = CHECKS[one.name] ?? byForm;
      const hearth = await startHearth({ HEAT__ALLOWED_ORIGINS: SITE });
      try {
        await check(await setUp(hearth), one);
        await expectHealthy(hearth);
      } finally {
        await hearth.stop();
      }
    });
  }
};

/** Makes the administrator with the link of the log; gives what the cases need. */
const setUp = async (hearth) => {
  const token = /\/setup\?token=([0-9a-f]{32})/.exec(hearth.log())?.[1] ?? fail("the log has no set-up link");
  const made = await form(hearth, "/setup", { token, username: NAME, password: PASSWORD, repeated: PASSWORD });
  expect(made.status === 303, `the set-up answers ${made.status}`);
  return { hearth, token, cookie: cookieOf(made) };
};

const form = (hearth, target, fields, headers = []) =>
  sendRaw({ port: hearth.port, method: "POST", target, headers: [["Content-Type", "application/x-www-form-urlencoded"], ...headers], body: Buffer.from(String(new URLSearchParams(fields))) });

const get = (hearth, target, headers = []) => sendRaw({ port: hearth.port, target, headers });

const signIn = (hearth, password = PASSWORD, headers = []) => form(hearth, "/login", { username: NAME, password }, headers);

const cookieOf = (answer) => String(answer.headers["set-cookie"] ?? "").split(";")[0];

const isSignedIn = async (hearth, cookie) => (await get(hearth, "/account/profile", [["Cookie", cookie]])).status === 200;

/** The session's form token, from a page. */
const formToken = async (hearth, cookie) => {
  const page = await get(hearth, "/account/profile", [["Cookie", cookie]]);
  return /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? fail("the page has no form token");
};

const isRefusal = ({ status }) => status >= 400 && status < 500;

/** A case whose input is the form itself. */
const byForm = async ({ hearth }, one) => {
  expect(one.expect === "reject-4xx", `this runner does not know ${one.name}`);
  const body = inputBytes(one.input, one.macros);
  const answer = await sendRaw({ port: hearth.port, method: "POST", target: "/login", headers: [["Content-Type", "application/x-www-form-urlencoded"]], body });
  expect(isRefusal(answer), `answered ${answer.status}`);
  expectNoServerError(answer);
  expect(!answer.headers["set-cookie"], "sets a cookie");
};

const CHECKS = {
  "csrf-text-plain": async ({ hearth, cookie }) => {
    for (const target of ["/settings", "/account/profile", "/admin/users", "/logout"]) {
      const headers = [["Cookie", cookie], ["Content-Type", "text/plain"], ["Origin", EVIL]];
      const answer = await sendRaw({ port: hearth.port, method: "POST", target, headers, body: Buffer.from('{"name":"x"}') });
      expect(answer.status === 403, `POST ${target} answers ${answer.status}`);
    }
    expect(await isSignedIn(hearth, cookie), "the session has ended");
  },
  "login-fixation": async ({ hearth }) => {
    const answer = await signIn(hearth, PASSWORD, [["Cookie", "hearth=chosen-by-somebody-else"]]);
    const cookie = cookieOf(answer);
    expect(answer.status === 303 && cookie.startsWith("hearth=") && cookie !== "hearth=chosen-by-somebody-else", `got ${cookie}`);
    expect(!(await isSignedIn(hearth, "hearth=chosen-by-somebody-else")), "the cookie from before is signed in");
    const again = cookieOf(await signIn(hearth, PASSWORD, [["Cookie", cookie]]));
    expect(again !== cookie && !(await isSignedIn(hearth, cookie)) && (await isSignedIn(hearth, again)), "the session from before goes on");
  },
  "login-logout-reuse": async ({ hearth, cookie }) => {
    const left = await form(hearth, "/logout", { form_token: await formToken(hearth, cookie) }, [["Cookie", cookie]]);
    expect(left.status === 303, `signing out answers ${left.status}`);
    for (const [target, accept] of [["/api/v1/projects", "*/*"], ["/account/profile", "application/json"]]) {
      const answer = await get(hearth, target, [["Cookie", cookie], ["Accept", accept]]);
      expect(answer.status === 401, `GET ${target} answers ${answer.status}`);
    }
  },
  "login-cookie-64k": async ({ hearth }, one) => {
    const cookie = inputBytes(one.input, one.macros).subarray("Cookie: ".length);
    for (const target of ["/login", "/account/profile", "/api/v1/projects"]) {
      const answer = await get(hearth, target, [["Cookie", cookie]]);
      expect(isRefusal(answer), `GET ${target} answers ${answer.status}`);
    }
  },
  // docs/accounts.md: a cookie that is there twice is none.
  "login-two-cookies": async ({ hearth, cookie }) => {
    expect(await isSignedIn(hearth, cookie), "the cookie alone does not open");
    for (const two of [`${cookie}; hearth=b`, `hearth=b; ${cookie}`, `${cookie}; ${cookie}`]) {
      const answer = await get(hearth, "/api/v1/projects", [["Cookie", two]]);
      expect(answer.status === 401, `two cookies are answered ${answer.status}`);
    }
  },
  "login-brute-100": async ({ hearth }) => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => signIn(hearth, `wrong-password-${n}`)));
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    expect(count(401) <= MOST_EVALUATED, `${count(401)} were looked at`);
    expect(count(401) + count(429) + count(503) === 100, `answered ${[...new Set(answers.map(({ status }) => status))]}`);
    const right = await signIn(hearth);
    expect(right.status === 429 && Number(right.headers["retry-after"]) <= 60, `the right password is answered ${right.status}`);
    const started = performance.now();
    expect((await get(hearth, "/healthz")).status === 200 && performance.now() - started < 500, "others are held up");
  },
  "login-setup-replay": async ({ hearth, token }) => {
    const fields = { token, username: "second", password: PASSWORD, repeated: PASSWORD };
    for (const answer of [await get(hearth, `/setup?token=${token}`), await form(hearth, "/setup", fields)]) {
      expect(answer.status === 403, `answered ${answer.status}`);
    }
  },
  clickjack: async ({ hearth, cookie }) => {
    for (const target of ["/login", "/", "/account/security", "/nowhere/at/all"].slice(0, 3)) {
      const { headers } = await get(hearth, target, [["Cookie", cookie], ["Accept", "text/html"]]);
      expect(/frame-ancestors 'none'/.test(headers["content-security-policy"] ?? ""), `${target} may be framed`);
    }
  },
  "cors-dash": async ({ hearth, cookie }) => {
    for (const target of ["/api/v1/projects", "/api/metrics", "/account/profile", "/login"]) {
      const { headers } = await get(hearth, target, [["Cookie", cookie], ["Origin", EVIL]]);
      expect(!headers["access-control-allow-origin"] && !headers["access-control-allow-credentials"], `${target} may be read`);
    }
  },
  "cors-ingest": async ({ hearth }) => {
    const { headers } = await preflight(hearth, SITE);
    expect(headers["access-control-allow-origin"] === SITE, `allows ${headers["access-control-allow-origin"]}`);
    expect(!headers["access-control-allow-credentials"], "allows credentials");
    expect(!(await preflight(hearth, EVIL)).headers["access-control-allow-origin"], "allows others");
  },
  "cors-null": async ({ hearth }) => {
    expect(!(await preflight(hearth, "null")).headers["access-control-allow-origin"], "allows null");
  },
};

const preflight = (hearth, origin) =>
  sendRaw({ port: hearth.port, method: "OPTIONS", target: "/ingest", headers: [["Origin", origin], ["Access-Control-Request-Method", "POST"], ["Access-Control-Request-Headers", "content-type,x-project-key"]] });
