import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import Database from "better-sqlite3";
import { BUCKET, PROJECT_KEY, SESSION_CLICKS, VIEWPORT, click, eventId, sessionId } from "./clicks.mjs";

/** Batches on the way at a time. */
const IN_FLIGHT = 8;

/** Sends clicks `from` to `to` (exclusive, whole sessions) to a Hearth; resolves to the project's id. */
export async function seedByIngest(port, from, to) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  let next = from;
  let projectId = null;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < to) {
        const first = next;
        next += SESSION_CLICKS;
        const answer = await post(port, batch(first), agent);
        projectId = answer.projectId;
      }
    }),
  );
  agent.destroy();
  return projectId;
}

/**
 * Writes the same clicks into a stopped heat-collector's file, in the form of its own rows; returns the project's id.
 *
 * By way of its /ingest, a million would take half an hour.
 */
export function seedCollectorFile(file, from, to) {
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  const known = database.prepare("SELECT id FROM projects WHERE key = ?").get(PROJECT_KEY);
  const projectId = known?.id ?? randomUUID();
  const metaJson = JSON.stringify({ viewport: VIEWPORT, device: {}, meta: { viewportBucket: BUCKET } });
  const insertSession = database.prepare(
    "INSERT INTO sessions (id, project_id, started_at, last_seen_at, first_path, device_json) VALUES (?, ?, ?, ?, ?, '{}')",
  );
  const insertClick = database.prepare(
    `INSERT INTO events (id, project_id, session_id, type, ts, path, selector, x, y, meta_json)
     VALUES (?, ?, ?, 'click', ?, ?, 'a.buy', ?, ?, ?)`,
  );
  database.transaction(() => {
    if (known === undefined) {
      const insertProject = "INSERT INTO projects (id, key, name, created_at) VALUES (?, ?, 'Default', ?)";
      database.prepare(insertProject).run(projectId, PROJECT_KEY, Date.now());
    }
    for (let k = from; k < to; k += 1) {
      const { ts, path, x, y } = click(k);
      if (k % SESSION_CLICKS === 0) insertSession.run(sessionId(k), projectId, ts, ts, path);
      insertClick.run(eventId(k), projectId, sessionId(k), ts, path, x, y, metaJson);
    }
  })();
  database.close();
  return projectId;
}

/** One session as one body. Its text is put together by hand: JSON.stringify would take longer than Hearth. */
function batch(first) {
  const session = sessionId(first);
  const fixed = `"viewport":${JSON.stringify(VIEWPORT)},"device":{},"meta":{"viewportBucket":"${BUCKET}"}`;
  const events = [];
  for (let k = first; k < first + SESSION_CLICKS; k += 1) {
    const { ts, path, x, y } = click(k);
    events.push(
      `{"eventId":"${eventId(k)}","sessionId":"${session}","ts":${ts},"path":"${path}",${fixed},` +
        `"type":"click","x":${x},"y":${y},"selector":"a.buy"}`,
    );
  }
  const { ts } = click(first);
  return `{"session":{"id":"${session}","startedAt":${ts},"lastSeenAt":${ts}},"events":[${events.join(",")}]}`;
}

function post(port, body, agent) {
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-project-key": PROJECT_KEY,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: "/ingest", method: "POST", agent, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.once("error", reject);
      answer.once("end", () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`seeding was answered ${answer.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
