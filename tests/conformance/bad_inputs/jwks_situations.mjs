// The situations of the `jwks` cases, and what must be seen in each.
import crypto from "node:crypto";
import { launchHearth, startHearth } from "../../lib/hearth.mjs";
import { newKeyPair } from "../../lib/keys.mjs";
import { freePort } from "../../lib/port.mjs";
import { until } from "../../lib/until.mjs";
import { post } from "./ingest.mjs";
import { HONEST_BATCH } from "./input.mjs";
import { publishedKey, serveKeys, startKeyServer, tokenSettings } from "./key_server.mjs";
import { expect } from "./tally.mjs";
import { goodToken } from "./token.mjs";
import { expectHealthy } from "./watch.mjs";

/** Exit code of a start that the configuration forbids (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

/** The deadline of a fetch (5 s) and what an answer may need beyond it, in milliseconds. */
const ANSWERED_WITHIN_MS = 6500;

/** How slow other posts may get while a fetch hangs: the 99th percentile, in milliseconds. */
const UNAFFECTED_MS = 250;

/** A redirect is never followed, not at first and not later, and the keys that were there stay good. */
const redirect = async () => {
  const trap = await startKeyServer(serveKeys(publishedKey("rsa1", "k1")));
  const toTrap = (request, response) => response.writeHead(302, { location: trap.url }).end();
  await fromTheStart(toTrap, async (hearth, publisher) => {
    await expectUnanswerable(hearth, goodToken());
    expect(publisher.hits > 0, "the keys were never asked for");
  });
  await afterGoodKeys(toTrap);
  expect(trap.hits === 0, "the redirect was followed");
  trap.close();
};

/** A page instead of keys changes nothing: none at first means no answer, later the old ones stay good. */
const html = async () => {
  const page = (request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>");
  await fromTheStart(page, (hearth) => expectUnanswerable(hearth, goodToken()));
  await afterGoodKeys(page);
};

/** A name that leads to a loopback address needs the opt-in, like the address itself. */
const privateAddress = async () => {
  const publisher = await startKeyServer(serveKeys(publishedKey("rsa1", "k1")));
  for (const host of ["localhost", "127.0.0.1"]) {
    const url = publisher.url.replace("127.0.0.1", host);
    const hearth = await launchHearth({ ...tokenSettings(url), HEAT__JWT__ALLOW_PRIVATE_ADDRESS: false });
    const ended = await until("the server is ready or has refused to start", () => isReady(hearth).then((ready) => (ready ? "ready" : !hearth.isAlive() && "refused")), { withinMs: 20_000 });
    if (ended === "refused") expect(hearth.exitCode() === EXIT_CONFIG, `${host}: exit code ${hearth.exitCode()}`);
    else {
      await expectUnanswerable(hearth, goodToken());
      await expectHealthy(hearth);
      await hearth.stop();
    }
    expect(publisher.hits === 0, `${host}: was asked without the opt-in`);
  }
  const allowed = await startHearth(tokenSettings(publisher.url.replace("127.0.0.1", "localhost")));
  await expectStatus(allowed, goodToken(), [200], "a good token with the opt-in");
  await allowed.stop();
  publisher.close();
};

/** Keys over http are refused when the server starts. */
const httpScheme = async () => {
  const publisher = await startKeyServer(serveKeys(publishedKey("rsa1", "k1")));
  const hearth = await launchHearth({ ...tokenSettings(publisher.url), HEAT__JWT__ALLOW_HTTP: false });
  expect((await hearth.exit()) === EXIT_CONFIG, `exit code ${hearth.exitCode()}`);
  expect(/jwks_url|allow_http/.test(hearth.log()), "the refusal does not name the setting");
  expect(publisher.hits === 0, "the keys were asked for");
  publisher.close();
};

/** A publisher that drips holds up nobody but the senders of tokens, and those not for long. */
const slow = async () => {
  const drips = new Set();
  const drip = (request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const timer = setInterval(() => response.write(" "), 1000);
    drips.add(timer);
    response.once("close", () => { clearInterval(timer); drips.delete(timer); });
  };
  await fromTheStart(drip, async (hearth) => {
    let waiting = true;
    const token = withToken(hearth, goodToken());
    const ended = () => { waiting = false; };
    token.then(ended, ended);
    const times = [];
    while (waiting || times.length < 100) {
      const answer = await withToken(hearth);
      expect(answer.status === 200, `a batch without token is answered ${answer.status} meanwhile`);
      times.push(answer.ms);
    }
    const answer = await token;
    expect([401, 503].includes(answer.status), `answered ${answer.status}`);
    expect(answer.ms < ANSWERED_WITHIN_MS, `answered after ${Math.round(answer.ms)} ms`);
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)];
    expect(p99 < UNAFFECTED_MS, `other batches take ${Math.round(p99)} ms at the 99th percentile meanwhile`);
  }, "both");
  for (const timer of drips) clearInterval(timer);
};

/** A published key that must be ignored verifies nothing, while the good one beside it does. */
const ignored = (badKey, token) => async () => {
  await fromTheStart(serveKeys(badKey(), publishedKey("rsa2", "k2")), async (hearth) => {
    await expectStatus(hearth, goodToken({ header: { kid: "k2" }, key: "rsa2" }), [200], "a token under the good key beside it");
    await expectStatus(hearth, token(), [401, 403], "a token under the key to be ignored");
  });
};

/** Two keys under one name: whatever the rule, only their holders get in, and always with the same answer. */
const sameKid = async () => {
  await fromTheStart(serveKeys(publishedKey("rsa1", "k1"), publishedKey("rsa3", "k1"), publishedKey("rsa2", "k2")), async (hearth) => {
    for (const key of ["rsa1", "rsa3"]) {
      const [first, second] = [await withToken(hearth, goodToken({ key })), await withToken(hearth, goodToken({ key }))];
      expect([200, 401, 503].includes(first.status), `a holder is answered ${first.status}`);
      expect(first.status === second.status, `a holder is answered ${first.status}, then ${second.status}`);
    }
    await expectStatus(hearth, goodToken({ key: "rsa-other" }), [401, 503], "a stranger");
  });
};

/** No publisher at the start: the server is up all the same, says "later" to tokens, and takes the rest. */
const outage = async () => {
  const url = `http://127.0.0.1:${await freePort()}/jwks.json`;
  const hearth = await startHearth(tokenSettings(url, "both"));
  const answer = await withToken(hearth, goodToken());
  expect(answer.status === 503, `a token is answered ${answer.status}`);
  expect(/^\d+$/.test(answer.headers["retry-after"] ?? ""), "without Retry-After");
  await expectStatus(hearth, undefined, [200], "a batch without token");
  await expectHealthy(hearth);
  await hearth.stop();
};

/** Starts a server over a publisher that behaves like this from the first request on, and ends both after `check`. */
const fromTheStart = async (respond, check, mode = "jwt") => {
  const publisher = await startKeyServer(respond);
  const hearth = await startHearth(tokenSettings(publisher.url, mode));
  await check(hearth, publisher);
  await expectHealthy(hearth);
  await hearth.stop();
  publisher.close();
};

/** Lets the server fetch good keys, then changes the publisher and makes the server ask again: the good keys stay. */
const afterGoodKeys = async (respond) => {
  const publisher = await startKeyServer(serveKeys(publishedKey("rsa1", "k1")));
  const hearth = await startHearth({ ...tokenSettings(publisher.url), HEAT__JWT__REFETCH_COOLDOWN: "1s" });
  await expectStatus(hearth, goodToken(), [200], "a good token at first");
  publisher.respond = respond;
  const hitsBefore = publisher.hits;
  const unknown = goodToken({ header: { kid: "unknown" }, key: "rsa-other" });
  await until("an unknown kid makes the server ask again", async () => {
    await expectUnanswerable(hearth, unknown);
    return publisher.hits > hitsBefore;
  });
  await expectStatus(hearth, goodToken(), [200], "a good token after the change");
  await expectHealthy(hearth);
  await hearth.stop();
  publisher.close();
};

/** The answer to a token that cannot be judged or is not good: later, or no. */
const expectUnanswerable = (hearth, token) => expectStatus(hearth, token, [401, 503], "a token");

const expectStatus = async (hearth, token, allowed, what) => {
  const answer = await withToken(hearth, token);
  expect(allowed.includes(answer.status), `${what} is answered ${answer.status} ${answer.text.slice(0, 150)}`);
};

const withToken = (hearth, token) => post(hearth, "jwks", Buffer.from(JSON.stringify(HONEST_BATCH)), token ? [["Authorization", `Bearer ${token}`]] : []);

const isReady = async (hearth) => {
  if (!hearth.isAlive()) return false;
  const answer = await fetch(`${hearth.base}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
};

/** A token signed with a 1024-bit key, which `shortKey` publishes. */
const shortPair = () => (shortPairMade ??= newKeyPair("rsa", 1024));
let shortPairMade;
const shortToken = () => {
  const [head, claims] = goodToken().split(".");
  return `${head}.${claims}.${crypto.sign("sha256", Buffer.from(`${head}.${claims}`), shortPair().privateKey).toString("base64url")}`;
};

/** With exponent 1 the padded hash is its own signature: no private key needed. */
const forgedForExponentOne = () => {
  const [head, claims] = goodToken().split(".");
  const sha256Prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const tail = Buffer.concat([Buffer.from([0]), sha256Prefix, crypto.createHash("sha256").update(`${head}.${claims}`).digest()]);
  const padded = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 2 - tail.length, 0xff), tail]);
  return `${head}.${claims}.${padded.toString("base64url")}`;
};

const SHARED_SECRET = crypto.randomBytes(32);
const hmacToken = () => {
  const [, claims] = goodToken().split(".");
  const head = Buffer.from(JSON.stringify({ alg: "HS256", kid: "k1", typ: "JWT" })).toString("base64url");
  return `${head}.${claims}.${crypto.createHmac("sha256", SHARED_SECRET).update(`${head}.${claims}`).digest("base64url")}`;
};

/** Every situation by the name of its case. */
export const SITUATIONS = {
  "jwks-redirect-metadata": redirect,
  "jwks-private-ip-dns": privateAddress,
  "jwks-http-scheme": httpScheme,
  "jwks-slow-60s": slow,
  "jwks-html-200": html,
  "jwks-rsa-1024": ignored(() => ({ ...shortPair().publicJwk, kid: "k1", use: "sig", alg: "RS256" }), shortToken),
  "jwks-rsa-e1": ignored(() => publishedKey("rsa1", "k1", { e: "AQ" }), forgedForExponentOne),
  "jwks-kty-oct": ignored(() => ({ kty: "oct", kid: "k1", alg: "HS256", k: SHARED_SECRET.toString("base64url") }), hmacToken),
  "jwks-use-enc": ignored(() => publishedKey("rsa1", "k1", { use: "enc" }), () => goodToken()),
  "jwks-dup-kid": sameKid,
  "jwks-outage-start": outage,
};
