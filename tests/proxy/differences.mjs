// What a proxy may change in a head, and whether it changed anything else.
import { isDirect, isStandIn } from "./setting.mjs";
import { valuesOf } from "./wire.mjs";

/** Fields of one connection or of the proxy itself; framing is compared by its meaning, apart. */
const HOP = ["connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "host"];
const PROXYS_OWN = {
  request: ["via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-request-id"],
  response: ["via", "x-request-id", "date"],
};

/**
 * What differs between the fields that were sent and those that arrived, as texts; empty when nothing does.
 *
 * Names are compared without case, values octet by octet, repeated fields in their order. Two Cookie fields may have
 * become one (RFC 6265 5.4 sends only one; RFC 9113 8.2.3 joins them so). `named` are the fields that Connection named:
 * they must be gone.
 */
export const headDifferences = (kind, sent, received, named) => {
  const differences = [];
  const allowed = new Set([...HOP, ...PROXYS_OWN[kind]]);
  const names = new Set([...sent, ...received].map(([name]) => name.toLowerCase()));
  for (const name of names) {
    if (allowed.has(name)) continue;
    if (isStandIn && name === "expect") continue;
    const [before, after] = [valuesOf(sent, name), valuesOf(received, name)];
    if (named.includes(name)) {
      if (after.length > 0) differences.push(`${kind} field ${name}, which Connection named, came through`);
    } else if (asText(name, before) !== asText(name, after)) {
      differences.push(`${kind} field ${name}: sent ${JSON.stringify(before).slice(0, 200)}, received ${JSON.stringify(after).slice(0, 200)}`);
    }
  }
  if (kind === "response" && valuesOf(sent, "date").length > 0 && valuesOf(received, "date").join() !== valuesOf(sent, "date").join()) {
    differences.push(`Date ${valuesOf(received, "date")}`);
  }
  if (!isDirect && kind === "request" && valuesOf(received, "te").length > 0) differences.push("TE came through");
  return differences;
};

const asText = (name, values) => (name === "cookie" ? values.join("; ") : JSON.stringify(values));
