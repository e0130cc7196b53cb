// Loopback ports for servers under test.
import net from "node:net";

/**
 * A port that was free a moment ago.
 *
 * The kernel hands ephemeral ports out in turn, so another process getting the same one within the next
 * second is not to be expected; a server that cannot bind says so and the start fails loudly.
 */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts `server` (a net or http server) on a port of the kernel's choice and returns that port. */
export const listenOnLoopback = (server, port = 0) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve(server.address().port);
    });
  });
