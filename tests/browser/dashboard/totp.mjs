// One-time codes as authenticator apps make them (RFC 6238: SHA-1, six digits, thirty seconds).
import crypto from "node:crypto";

const STEP_MS = 30_000;

/** The code of a Base32 secret; `steps` later than now. */
export const codeOf = (secret, steps = 0) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
  const digest = crypto.createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const at = digest.at(-1) & 15;
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
};

const fromBase32 = (text) => {
  const bits = [...text.replaceAll(/[\s=]/g, "").toUpperCase()].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
};
