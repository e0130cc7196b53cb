// Batches as browsers send them, for what is watched of them.

/** A click with a position of its own on the page `path`. */
export const click = (number, path = "/shop") => ({ ...common(`click-${number}`, "click", path), x: number, y: 1 });

/** A pointer's way of `count` points. */
export const move = (name, count) =>
  ({ ...common(name, "move", "/shop"), points: Array.from({ length: count }, (_, n) => ({ x: n, y: n, tsOffset: n })) });

/** A custom event. */
export const custom = (name) => ({ ...common(name, "custom", "/shop"), name });

/** Sends events of one session and returns once they are stored. */
export const ingest = async (hearth, session, events, { projectKey = hearth.projectKey } = {}) => {
  const answer = await fetch(`${hearth.base}/ingest`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-project-key": projectKey },
    body: JSON.stringify({ session: { id: session }, events }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`POST /ingest: ${answer.status} ${text.slice(0, 300)}`);
};

const common = (eventId, type, path) =>
  ({ type, eventId, sessionId: "ignored", ts: 1_795_168_800_000, path, viewport: { w: 1, h: 1 }, device: {} });
