// From the `input` text of a case to the bytes that are sent.
import zlib from "node:zlib";
import { cutGzip, gzipBomb, zstdBomb } from "./bombs.mjs";

/** The smallest batch every collector takes; stands for `<<GZIPBODY>>` and wherever a case needs an honest batch. */
export const HONEST_BATCH = {
  session: { id: "s1" },
  events: [{
    eventId: "00000000-0000-4000-8000-000000000001", sessionId: "s1", ts: 1795000000000, path: "/p",
    viewport: { w: 1280, h: 720 }, device: { ua: "UA" }, type: "pageview", to: "/p",
  }],
};

/**
 * The bytes of `text`: escapes resolved (`\xNN` is a raw byte, `\\` a backslash, `\n` a line feed, ...) and,
 * where the case says it has macros, those expanded:
 *
 *   <<REP n text>>      text n times
 *   <<LOOP n text>>     text n times, %i replaced by 0, 1, 2 ...
 *   <<GZIP n byte>>     n times the byte with that hexadecimal code, gzipped
 *   <<ZSTD n byte>>     the same as a zstd frame
 *   <<GZIPCUT n cut>>   n bytes gzipped, the last `cut` bytes of that missing
 *   <<GZIPBODY>>        an honest batch, gzipped
 */
export const inputBytes = (text, hasMacros = false) => {
  if (!hasMacros) return unescape(text);
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(MACRO)) {
    parts.push(unescape(text.slice(at, match.index)), expand(match[1], Number(match[2]), match[3]));
    at = match.index + match[0].length;
  }
  parts.push(unescape(text.slice(at)));
  return Buffer.concat(parts);
};

/** The first macro of `text` as `{name, count, text}`, for cases that describe traffic instead of one body. */
export const firstMacro = (text) => {
  const [match] = text.matchAll(MACRO);
  return match && { name: match[1], count: Number(match[2]), text: match[3] };
};

const MACRO = /<<(REP|LOOP|GZIPCUT|GZIPBODY|GZIP|ZSTD)(?: (\d+) ([\s\S]*?))?>>/g;

const expand = (name, count, argument) => {
  switch (name) {
    case "REP": return Buffer.concat(Array(count).fill(unescape(argument)));
    case "LOOP": return Buffer.concat(Array.from({ length: count }, (_, i) => unescape(argument.replaceAll("%i", String(i)))));
    case "GZIP": return gzipBomb(count, parseInt(argument, 16));
    case "ZSTD": return zstdBomb(count, parseInt(argument, 16));
    case "GZIPCUT": return cutGzip(count, Number(argument));
    default: return zlib.gzipSync(JSON.stringify(HONEST_BATCH));
  }
};

const SIMPLE_ESCAPES = { "\\": "\\", n: "\n", r: "\r", t: "\t" };

/** Resolves the escapes; an escape that is none stays as it is, backslash included. */
const unescape = (text) => {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(/\\(?:x([0-9a-fA-F]{2})|([\\nrt]))/g)) {
    parts.push(Buffer.from(text.slice(at, match.index)), match[1] ? Buffer.from([parseInt(match[1], 16)]) : Buffer.from(SIMPLE_ESCAPES[match[2]]));
    at = match.index + match[0].length;
  }
  parts.push(Buffer.from(text.slice(at)));
  return Buffer.concat(parts);
};
