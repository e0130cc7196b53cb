// The unmodified socket.io-client, and what it was told.
import { io } from "socket.io-client";
import { until } from "../lib/until.mjs";

const PATH = "/traffic-dashboard/socket.io";

/** Connects; `options` are those of socket.io-client. Credentials of the installation are sent unless others are given. */
export const connect = async (hearth, options = {}) => {
  const client = new Client(io(hearth.base, { path: PATH, forceNew: true, auth: { token: hearth.readToken }, ...options }));
  await until("the client is connected or refused", () => client.socket.connected || client.errors.length > 0);
  return client;
};

class Client {
  /** Arguments of each traffic:new-request. */
  requests = [];
  /** Counts of each traffic:skipped. */
  skipped = [];
  errors = [];
  /** Why the connection ended, each time. */
  ends = [];
  /** Names of transports, in the order in which they were used. */
  transports = [];

  constructor(socket) {
    this.socket = socket;
    socket.on("traffic:new-request", (...args) => this.requests.push(...args));
    socket.on("traffic:skipped", ({ count }) => this.skipped.push(count));
    socket.on("connect_error", (error) => this.errors.push({ message: error.message, data: error.data }));
    socket.on("disconnect", (reason) => this.ends.push(reason));
    socket.io.on("open", () => {
      this.transports.push(socket.io.engine.transport.name);
      socket.io.engine.on("upgrade", ({ name }) => this.transports.push(name));
    });
  }

  async expectRequests(count, { withinMs = 10_000 } = {}) {
    await until(`${count} requests`, () => this.requests.length >= count, { withinMs });
    return this.requests;
  }

  close() { this.socket.close(); }
}
