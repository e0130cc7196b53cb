// Bytes of bodies: incompressible, cheap to make in any amount, and the same again for the same seed.
import crypto from "node:crypto";
import { Random } from "../lib/random.mjs";

const POOL_BYTES = 8 << 20;
const LARGEST_PIECE_BYTES = 128 << 10;

const pool = crypto.createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(POOL_BYTES));

/** Pieces of random sizes, `bytes` in all. Where each begins in the pool is random, so exchanged pieces are noticed. */
export function* pieces(seed, bytes) {
  const random = new Random(seed);
  for (let left = bytes; left > 0;) {
    const largest = Math.min(left, left > 1 << 20 ? LARGEST_PIECE_BYTES : random.pick([1, 7, 100, 4096, LARGEST_PIECE_BYTES]));
    const size = left > 1 << 20 ? largest : random.integer(1, largest);
    const start = random.integer(0, POOL_BYTES - size);
    yield pool.subarray(start, start + size);
    left -= size;
  }
}

/** `bytes` bytes of the pool from a place that the seed tells; at most 4 MiB. */
export const slice = (seed, bytes) => {
  const start = (Math.imul(seed, 2_654_435_761) >>> 0) % (POOL_BYTES / 2);
  return pool.subarray(start, start + bytes);
};
