// An app behind the recording proxy, and requests through it.
import http from "node:http";
import { startHearth } from "../lib/hearth.mjs";
import { freePort, listenOnLoopback } from "../lib/port.mjs";

/**
 * Starts an app and Hearth in front of it: `{hearth, port, settings, request(path, headers), stop()}`.
 *
 * The app answers with the status that its path ends with (200 without), and names user and session as its client
 * asks it to.
 */
export const startApp = async (settings = {}) => {
  const app = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://app");
    for (const name of ["user-id", "session-id"]) {
      const value = request.headers[`x-test-${name}`];
      if (value) response.setHeader(`x-hearth-${name}`, value);
    }
    response.writeHead(Number(/\/([1-5]\d\d)$/.exec(pathname)?.[1] ?? 200));
    response.end("answer");
  });
  const port = await freePort();
  const all = {
    PROXY__LISTEN: `127.0.0.1:${port}`,
    PROXY__UPSTREAM: `http://127.0.0.1:${await listenOnLoopback(app)}`,
    TRAFFIC__DASHBOARD__LIVE_MODE: "socket",
    ...settings,
  };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const running = {
    port,
    settings: all,
    hearth: await startHearth(all),
    /** Sends one request through the proxy and reads the answer to its end. */
    request: (path, { method = "GET", headers = {} } = {}) =>
      new Promise((resolve, reject) => {
        const request = http.request({ agent, port, method, path, headers }, (response) => {
          response.on("data", () => {});
          response.on("end", () => resolve(response.statusCode));
        });
        request.on("error", reject);
        request.end();
      }),
    stop: async () => {
      agent.destroy();
      app.close();
      if (running.hearth.isAlive()) await running.hearth.stop();
    },
  };
  return running;
};
