// The same questions to the original and to Hearth.
import assert from "node:assert/strict";

/** Types without a place on the page; the original plots them at the origin (heat-collector.md 9, D1). */
const PLACELESS = ["pageview", "custom", "input", "keyboard"];
const WARNING = "Events matched the filter but none are plottable. Use type=click|move|scroll or inspect /api/projects/:projectId/events.";

/** Sessions with events of several projects, which Hearth keeps apart (D5). */
export const sharedSessions = (file) =>
  new Set(file.prepare("SELECT DISTINCT e.session_id AS id FROM events e JOIN sessions s ON s.id = e.session_id WHERE e.project_id <> s.project_id").all().map(({ id }) => id));

/** Every question about a file: paths without the host. */
export const questions = (file) => {
  const asked = [];
  const shared = sharedSessions(file);
  for (const { id } of file.prepare("SELECT id FROM projects ORDER BY rowid").all()) {
    const project = `/api/projects/${id}`;
    const { n } = file.prepare("SELECT COUNT(*) AS n FROM events WHERE project_id = ?").get(id);
    for (let offset = 0; offset <= n; offset += 1000) asked.push(`${project}/events?limit=1000&offset=${offset}`);
    for (const type of ["click", "move", "scroll", ...PLACELESS]) asked.push(`${project}/events?limit=300&type=${type}`);
    asked.push(`${project}/sessions?limit=200`);
    const users = file.prepare("SELECT id FROM users WHERE project_id = ? LIMIT 5").all(id);
    for (const user of users) asked.push(`${project}/sessions?limit=200&userId=${user.id}`);
    for (const type of ["", "&type=click", "&type=move", "&type=scroll", "&type=all", "&type=pageview", "&type=custom"]) asked.push(`${project}/heatmap?resolution=64${type}`);
    const paths = file.prepare("SELECT path, MIN(ts) AS low, MAX(ts) AS high FROM events WHERE project_id = ? GROUP BY path ORDER BY COUNT(*) DESC LIMIT 6").all(id);
    for (const { path, low, high } of paths) {
      const query = `path=${encodeURIComponent(path)}`;
      asked.push(`${project}/heatmap?${query}`, `${project}/heatmap?${query}&type=move&viewportBucket=1400x800`, `${project}/events?${query}&limit=200`);
      if (Number.isFinite(low) && Number.isFinite(high)) {
        asked.push(`${project}/heatmap?${query}&type=all&from=${low + (high - low) / 3}&to=${low + ((high - low) * 2) / 3}`);
        asked.push(`${project}/events?${query}&from=${(low + high) / 2}`);
      }
    }
  }
  for (const { id } of file.prepare("SELECT id FROM sessions ORDER BY rowid").all()) {
    if (!shared.has(id) && id !== "" && !/[/\\]/.test(id)) asked.push(`/api/sessions/${encodeURIComponent(id)}?limit=500`);
  }
  return asked;
};

/** Asks one server. */
export const ask = async (base, question) => {
  const answer = await fetch(base + question);
  return { status: answer.status, body: await answer.json() };
};

/** Makes two answers to one question comparable, and compares them. */
export const assertSame = (question, original, ours, shared) => {
  assert.equal(ours.status, original.status, question);
  const [expected, got] = [original.body, ours.body].map((body) => structuredClone(body));
  if (question.includes("/heatmap")) {
    asDocumented(expected);
    expected.points.sort(byPlace);
    got.points.sort(byPlace);
  }
  for (const body of [expected, got]) {
    if (body.sessions) {
      body.sessions = body.sessions.filter(({ sessionId }) => !shared.has(sessionId));
      body.meta.count = body.sessions.length;
    }
    // Ids of rows are made up by each; each row has one of its own.
    const ids = new Set((body.events ?? []).map(({ id }) => id));
    assert.equal(ids.size, (body.events ?? []).length, question);
    for (const event of body.events ?? []) delete event.id;
    // The hash is hashed again, so that nobody finds the address by trying.
    if (body.session) body.session.ipHash = /^[0-9a-f]{32}$/.test(body.session.ipHash) ? "some hash" : body.session.ipHash;
  }
  assert.deepEqual(got, expected, question);
};

/** What the original promises instead of what it does: rows without a place are not plotted. */
const asDocumented = (body) => {
  const { meta } = body;
  const placeless = PLACELESS.reduce((sum, type) => sum + (meta.typeBreakdown[type] ?? 0), 0);
  if (placeless === 0) return;
  const first = { x: Math.round((0.5 * meta.viewport.w) / meta.resolution), y: Math.round((0.5 * meta.renderHeight) / meta.resolution) };
  const origin = body.points.find(({ x, y }) => x === first.x && y === first.y);
  assert.ok(origin && origin.value >= placeless, "the original plots what has no place at the origin");
  origin.value -= placeless;
  body.points = body.points.filter(({ value }) => value > 0);
  meta.plotted -= placeless;
  meta.ignored += placeless;
  if (meta.plotted === 0) meta.warning = WARNING;
};

const byPlace = (a, b) => a.x - b.x || a.y - b.y || a.value - b.value;
