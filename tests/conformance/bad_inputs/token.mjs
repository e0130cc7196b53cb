// Signed tokens from the description in a case: right, wrong, and broken in transit.
import crypto from "node:crypto";
import { newKeyPair } from "../../lib/keys.mjs";

/** What the servers under test demand. */
export const ISSUER = "https://idp.test";
export const AUDIENCE = "hearth";

/** The keys that tokens are signed with, by name. `rsa1` is published as kid k1; `rsa-other` never is. */
export const keyPair = (name) => {
  if (!pairs.has(name)) pairs.set(name, newKeyPair(name.startsWith("ec") ? "ec" : "rsa"));
  return pairs.get(name);
};

const pairs = new Map();

/** A good token: RS256 under kid k1, signed with `rsa1`, for five minutes; `header` and `claims` override. */
export const goodToken = ({ header = {}, claims = {}, key = "rsa1" } = {}) =>
  signToken({ header: { alg: "RS256", kid: "k1", typ: "JWT", ...header }, claims: { iss: ISSUER, aud: AUDIENCE, sub: "u1", exp: "now+300", nbf: "now-5", iat: "now-5", ...claims }, key });

/**
 * The token of a case: `header` and `claims` as given, signed by `key`.
 *
 * Texts in exp, nbf and iat are expressions: `now+300`, or JSON to be put there letter by letter (`1e400`).
 */
export const signToken = ({ header, claims, key }) => {
  const publicJwk = (text) => (typeof text === "string" && text.endsWith(" public JWK") ? keyPair(text.split(" ")[0]).publicJwk : text);
  const headerJson = JSON.stringify(header.jwk === undefined ? header : { ...header, jwk: publicJwk(header.jwk) });
  const signed = `${base64url(headerJson)}.${base64url(claimsJson(claims))}`;
  return `${signed}.${signature(signed, header.alg, key)}`;
};

/** The request headers that carry `token` after the mutation that the case names. */
export const mutatedHeaders = (token, mutation, mintAnother) => {
  const bearer = (text) => [["Authorization", `Bearer ${text}`]];
  const [head, claims, sign] = token.split(".");
  const bytes = Buffer.from(sign, "base64url");
  switch (mutation) {
    case undefined: return bearer(token);
    case "signature and dot removed": return bearer(`${head}.${claims}`);
    case "five segments": return bearer(`${token}.${claims}.${sign}`);
    case "signature with = padding": return bearer(`${token}==`);
    case "signature in + / alphabet": return bearer(inStandardAlphabet(token, mintAnother));
    case "flip one bit": bytes[10] ^= 1; return bearer(`${head}.${claims}.${bytes.toString("base64url")}`);
    case "signature 64 KiB": return bearer(`${head}.${claims}.${"A".repeat(64 * 1024)}`);
    case "spaces and newline inside": return bearer(`${head}. ${claims} \n.${sign}`);
    case "JWS JSON form": return bearer(JSON.stringify({ protected: head, payload: claims, signature: sign }));
    case "second Authorization header": return [...bearer(token), ...bearer("x.y.z")];
    case "scheme in odd case plus double space": return [["Authorization", `bEaReR  ${token}`]];
    default: throw new Error(`this runner does not know the mutation "${mutation}"`);
  }
};

/** Not every signature has a letter that the two alphabets write differently. */
const inStandardAlphabet = (token, mintAnother) => {
  let candidate = token;
  while (!/[-_]/.test(candidate.split(".")[2])) candidate = mintAnother();
  const [head, claims, sign] = candidate.split(".");
  return `${head}.${claims}.${sign.replaceAll("-", "+").replaceAll("_", "/")}`;
};

const base64url = (text) => Buffer.from(text).toString("base64url");

const claimsJson = (claims) => {
  const now = Math.floor(Date.now() / 1000);
  const members = Object.entries(claims).map(([name, value]) => {
    const isTime = ["exp", "nbf", "iat"].includes(name) && typeof value === "string";
    const offset = isTime && /^now([+-][\d.]+)?$/.exec(value);
    const json = offset ? String(now + Number(offset[1] ?? 0)) : isTime ? value : JSON.stringify(value);
    return `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join(",")}}`;
};

/** The signature that the header's algorithm asks for; one that is none of the known is signed as RS256. */
const signature = (signed, alg, key) => {
  if (key === "none") return "";
  const hash = `sha${/(256|384|512)$/.exec(String(alg))?.[1] ?? "256"}`;
  const hmacOf = /^hmac\((\S+) (.*)\)$/.exec(key);
  if (hmacOf) {
    const pair = keyPair(hmacOf[1]);
    const secret = /JWK/.test(hmacOf[2]) ? JSON.stringify(pair.publicJwk) : pair.publicPem;
    return crypto.createHmac(hash, secret).update(signed).digest("base64url");
  }
  const { privateKey } = keyPair(key);
  const options = key.startsWith("ec") ? { dsaEncoding: "ieee-p1363" }
    : /^PS/.test(String(alg)) ? { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST } : {};
  return crypto.sign(hash, Buffer.from(signed), { key: privateKey, ...options }).toString("base64url");
};
