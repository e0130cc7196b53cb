// Reads one project back through the API of docs/datalyr.md.
import { sendRaw } from "../lib/raw_http.mjs";

/** Rows of one page: the most that the API gives. */
const PAGE = 1000;

export class Reader {
  #installation;
  #project;

  /** `installation` has the running `hearth`, `project` its `id` and `token`. */
  constructor(installation, project) {
    this.#installation = installation;
    this.#project = project;
  }

  /** The raw answer to a path below the project. */
  ask(path, parameters = {}) {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined)).toString();
    return sendRaw({
      port: this.#installation.hearth.port,
      target: `/api/v1/projects/${this.#project.id}${path}${query ? `?${query}` : ""}`,
      headers: [["Authorization", `Bearer ${this.#project.token}`], ["Accept", "application/json"]],
    });
  }

  /** The JSON at a path; anything but a 200 is an error. */
  async get(path, parameters) {
    const answer = await this.ask(path, parameters);
    if (answer.status !== 200) throw new Error(`GET ${path} ${JSON.stringify(parameters ?? {})}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return answer.json;
  }

  /** Every row of a list, page by page. */
  async all(path, field, parameters = {}) {
    const rows = [];
    for (let cursor; ;) {
      const page = await this.get(path, { limit: PAGE, ...parameters, cursor });
      rows.push(...page[field]);
      cursor = page.next_cursor ?? undefined;
      if (cursor === undefined) return rows;
    }
  }

  /** Events in order of time, hidden ones included. */
  events(filters = {}) { return this.all("/track/events", "events", { order: "asc", hidden: "true", ...filters }); }

  /** The only event with this id. */
  async event(id) {
    const events = await this.events({ event_id: id });
    if (events.length !== 1) throw new Error(`${events.length} events with the id ${id.slice(0, 80)}`);
    return events[0];
  }

  /** How many events have this id. */
  async count(id) { return (await this.events({ event_id: id })).length; }

  /** A person by one of its ids (`user:U`, `anonymous:A`, ...); undefined if there is none. */
  async person(name) {
    const answer = await this.ask(`/persons/${encodeURIComponent(name)}`);
    if (answer.status === 404 && answer.json?.code === "person_not_found") return undefined;
    if (answer.status !== 200) throw new Error(`person ${name}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return answer.json;
  }

  /** All events of a person in order of time, hidden ones included. */
  eventsOf(name) { return this.all(`/persons/${encodeURIComponent(name)}/events`, "events", { order: "asc", hidden: "true" }); }

  journey(name, parameters) { return this.get(`/persons/${encodeURIComponent(name)}/journey`, parameters); }

  async touches(name) { return (await this.get(`/persons/${encodeURIComponent(name)}/touches`)).touches; }

  timeline(name) { return this.all(`/persons/${encodeURIComponent(name)}/timeline`, "items"); }

  session(id) { return this.get(`/track/sessions/${encodeURIComponent(id)}`); }

  conversions(filters) { return this.all("/conversions", "conversions", filters); }

  totals(from, to) { return this.get("/track/totals", { from, to }); }

  quarantine() { return this.all("/track/quarantine", "quarantined"); }

  async pairings(kind, value) { return (await this.get("/track/pairings", { kind, value })).pairings; }
}
