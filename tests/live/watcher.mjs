// A watcher of /live that remembers what it was told.
import { once } from "node:events";
import WebSocket from "ws";
import { until } from "../lib/until.mjs";

/** Opens a watcher with the installation's token; `options` are those of ws, `query` is put behind the path. */
export const openWatcher = async (hearth, { query = "", protocols = [], headers = { authorization: `Bearer ${hearth.readToken}` }, ...options } = {}) => {
  const watcher = new Watcher(new WebSocket(`${hearth.base.replace("http", "ws")}/live${query}`, protocols, { headers, ...options }));
  await once(watcher.socket, "open");
  await watcher.heard("hello");
  return watcher;
};

/** Opens a watcher and subscribes. */
export const subscribe = async (hearth, filter = {}, options = {}) => {
  const watcher = await openWatcher(hearth, options);
  await watcher.subscribe(filter);
  return watcher;
};

class Watcher {
  /** Every message but events and heartbeats, in order. */
  told = [];
  /** Every event. */
  events = [];
  /** Sizes of the messages that brought events, and when they came. */
  deliveries = [];
  skipped = 0;
  /** Of those, what was skipped before the last event that has come. */
  skippedBeforeLast = 0;
  /** `{code, reason}` once it is closed. */
  closed;

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.#hear(JSON.parse(data)));
    socket.on("close", (code, reason) => { this.closed = { code, reason: reason.toString() }; });
    socket.on("error", () => {});
  }

  send(message) { this.socket.send(typeof message === "string" ? message : JSON.stringify(message)); }

  async subscribe(filter) {
    const before = this.told.length;
    this.send({ type: "subscribe", ...filter });
    await until("the subscription is confirmed", () => this.told.slice(before).some(({ type }) => type === "subscribed"));
  }

  /** The first message of a type. */
  heard(type) { return until(`a message of type ${type}`, () => this.told.find((message) => message.type === type)); }

  /** Waits for that many events and returns them all. */
  async expectEvents(count, { withinMs = 10_000 } = {}) {
    await until(`${count} events`, () => this.events.length >= count, { withinMs });
    return this.events;
  }

  /** Waits for the end. */
  end({ withinMs = 10_000 } = {}) { return until("the connection is closed", () => this.closed, { withinMs }); }

  async close() {
    this.socket.close();
    await this.end();
  }

  #hear(message) {
    if (message.type === "events") {
      this.events.push(...message.events);
      this.skippedBeforeLast = this.skipped;
      this.deliveries.push({ count: message.events.length, at: performance.now() });
    } else if (message.type === "skipped") this.skipped += message.count;
    else if (message.type !== "ping") this.told.push(message);
  }
}

/** The answer to a handshake that is refused: `{status, headers, body}`. */
export const refusedHandshake = (hearth, { path = "/live", headers = {}, protocols = [] } = {}) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${hearth.base.replace("http", "ws")}${path}`, protocols, { headers });
    socket.on("open", () => { socket.terminate(); reject(new Error("it was let in")); });
    socket.on("error", reject);
    socket.on("unexpected-response", (_, response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(chunks)) }));
    });
  });
