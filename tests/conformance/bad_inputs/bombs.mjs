// Small bodies that unpack into huge ones, made without ever holding the huge one.
import crypto from "node:crypto";
import zlib from "node:zlib";

const MIB = 1024 * 1024;

/**
 * `size` times `byte` as one valid gzip member; `size` is a multiple of 1 MiB.
 *
 * One mebibyte is compressed and its block repeated: a full flush ends each block at a byte border and
 * forgets the window, so copies may follow each other.
 */
export const gzipBomb = (size, byte) => {
  const mebibyte = Buffer.alloc(MIB, byte);
  const block = zlib.deflateRawSync(mebibyte, { level: 9, finishFlush: zlib.constants.Z_FULL_FLUSH });
  const count = size / MIB;
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
  const lastBlock = Buffer.from([0x03, 0x00]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksumOfRepeats(mebibyte, count), 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  return Buffer.concat([header, ...Array(count).fill(block), lastBlock, trailer]);
};

/** `size` times `byte` as a zstd frame of run-length blocks; `size` is a multiple of 128 KiB. */
export const zstdBomb = (size, byte) => {
  const blockBytes = 128 * 1024;
  const count = size / blockBytes;
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);
  const blocks = Buffer.alloc(count * 4, byte);
  const runLength = 1;
  for (let i = 0; i < count; i += 1) blocks.writeUIntLE((i === count - 1 ? 1 : 0) | (runLength << 1) | (blockBytes << 3), i * 4, 3);
  return Buffer.concat([header, blocks]);
};

/** `size` bytes that do not compress, gzipped, without the last `cut` bytes. */
export const cutGzip = (size, cut) => {
  const whole = zlib.gzipSync(crypto.randomBytes(size));
  return whole.subarray(0, whole.length - cut);
};

/**
 * CRC-32 of `block` repeated `count` times.
 *
 * Appending a fixed block to a message is an affine map of its checksum; 32 probes give the map's columns.
 */
const checksumOfRepeats = (block, count) => {
  const zero = zlib.crc32(block, 0);
  const columns = Array.from({ length: 32 }, (_, bit) => (zlib.crc32(block, 2 ** bit) ^ zero) >>> 0);
  let checksum = 0;
  for (let i = 0; i < count; i += 1) {
    let next = zero;
    for (let bit = 0; bit < 32; bit += 1) if ((checksum >>> bit) & 1) next ^= columns[bit];
    checksum = next >>> 0;
  }
  return checksum;
};
