// Fresh keys for tokens, never written into the repository.
import crypto from "node:crypto";

/**
 * A new key pair as `{ privateKey, privateJwk, publicJwk, publicPem }`.
 *
 * `kind` is "rsa" or "ec" (P-256). The pair makes a detour through PEM on purpose: Node 20 can deadlock when
 * a key object that came straight out of generateKeyPairSync is exported as JWK (a garbage collection during
 * the export destroys the generating job, which wants the lock the export holds).
 */
export const newKeyPair = (kind = "rsa", bits = 2048) => {
  const pem = crypto.generateKeyPairSync(kind, {
    ...(kind === "ec" ? { namedCurve: "P-256" } : { modulusLength: bits }),
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const privateKey = crypto.createPrivateKey(pem.privateKey);
  return {
    privateKey,
    privateJwk: privateKey.export({ format: "jwk" }),
    publicJwk: crypto.createPublicKey(pem.publicKey).export({ format: "jwk" }),
    publicPem: pem.publicKey,
  };
};
