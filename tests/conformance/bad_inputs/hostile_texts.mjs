// Which texts of a batch must come back from the API, and which must not.

/**
 * The texts of `batch` that are stored (`kept`), those a documented rule throws away (`dropped`), and the
 * number of `rows` that remain.
 *
 * Only fields that the schema knows count; unknown ones are dropped in silence (heat-collector.md 4.3), as is
 * the whole input event whose mask shows a character (4.6).
 */
export const hostileTexts = (batch) => {
  const kept = new Set();
  const dropped = new Set();
  const keep = (...values) => values.flatMap((value) => [...stringsIn(value)]).forEach((text) => kept.add(text));
  keep(batch.session.id, batch.user?.id, clean(batch.user?.traits), pick(batch.sdk, "name", "version"), pick(batch.app, "name", "version", "env"));
  let rows = 0;
  for (const event of batch.events) {
    if (event.type === "input" && /[^*]/.test(event.masked ?? "")) {
      dropped.add(event.masked);
      continue;
    }
    rows += event.type === "move" ? event.points.length : 1;
    const { value, text, content, ...meta } = clean(event.meta) ?? {};
    keep(event.path, pick(event.device, "ua", "platform", "language"), meta);
    keep(...(FIELDS[event.type] ?? []).map((name) => (name === "props" ? clean(event.props) : event[name])));
  }
  for (const text of kept) dropped.delete(text);
  kept.delete("");
  return { kept, dropped, rows };
};

/** Every text inside a JSON value, names of members and JSON inside texts included. */
export function* stringsIn(value) {
  if (typeof value === "string") {
    yield value;
    if (/^[[{]/.test(value)) {
      try { yield* stringsIn(JSON.parse(value)); } catch { /* it only looked like JSON */ }
    }
  } else if (value && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      if (!Array.isArray(value)) yield name;
      yield* stringsIn(member);
    }
  }
}

/** The forms in which an IPv4 address could end up in a file. */
export const secretForms = (address) => {
  const packed = Buffer.from(address.split(".").map(Number));
  const hex = packed.toString("hex");
  return [
    ["text", Buffer.from(address)],
    ["packed", packed],
    ["packed in reverse", Buffer.from(packed).reverse()],
    ["reversed text", Buffer.from(address.split(".").reverse().join("."))],
    ["hexadecimal", Buffer.from(hex)],
    ["upper-case hexadecimal", Buffer.from(hex.toUpperCase())],
    ["decimal number", Buffer.from(String(packed.readUInt32BE()))],
  ];
};

/** The fields with text that each type of event has of its own. */
const FIELDS = { click: ["selector"], pageview: ["from", "to"], custom: ["name", "props"], input: ["selector", "inputType", "masked"] };

const pick = (object, ...names) => names.map((name) => object?.[name]);

/** A record as the schema passes it on: without a member called __proto__ (heat-collector.md 4.2). */
const clean = (record) => record && Object.fromEntries(Object.entries(record).filter(([name]) => name !== "__proto__"));
