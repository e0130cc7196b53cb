import net from "node:net";
import { listenOnLoopback } from "../lib/port.mjs";
import { Connection } from "./connection.mjs";
import { lastWords, prepare } from "./instance.mjs";
import { residentBytes } from "./memory.mjs";
import { readOptions } from "./options.mjs";
import { freePort, pause } from "./server.mjs";
import { Tally } from "./tally.mjs";

/**
 * Connections that send half a head and then nothing (trust.md P12): memory stays bounded, one address gets no more than its share, who was
 * there before goes on, and newcomers get in as soon as the idle ones have been closed.
 */
const MIB = 1 << 20;
const GROWTH_LIMIT_BYTES = 128 * MIB;
const PER_ADDRESS = 256;

const options = readOptions(process.argv.slice(2), { binary: "", work: "", sockets: 18_000 });
const tally = new Tally();

await tally.run(async () => {
  const app = await listenOnLoopback(net.createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))));
  const proxyPort = await freePort();
  const one = await prepare({ ...options, label: "idle", settings: { HEARTH_PROXY__LISTEN: `127.0.0.1:${proxyPort}`, HEARTH_PROXY__UPSTREAM: `http://127.0.0.1:${app}` } });
  one.server.start();
  tally.check("ready", await one.server.ready(), lastWords(one));
  await oneAddress(proxyPort);
  const old = new Connection(proxyPort, { localAddress: "127.0.0.1" });
  const oldOwn = new Connection(one.server.port, { localAddress: "127.0.0.1" });
  await old.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await oldOwn.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  const before = residentBytes(one.server.pid);
  let largest = before;
  const watch = setInterval(() => (largest = Math.max(largest, residentBytes(one.server.pid))), 100);
  for (const [name, port, client] of [["proxy", proxyPort, old], ["collector", one.server.port, oldOwn]]) {
    const sockets = await open(port, options.sockets, (i) => `127.0.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`);
    const connected = sockets.filter((socket) => socket.isConnected).length;
    tally.check(`${name}: lives`, one.server.running, lastWords(one));
    const answer = await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    tally.check(`${name}: who was there before is answered`, answer.status === 200, answer.head);
    tally.figure(`idle_sockets ${name}: connections opened`, connected);
    const closedAt = performance.now();
    while (sockets.some((socket) => !socket.destroyed) && performance.now() - closedAt < 60_000) await pause(100);
    const left = sockets.filter((socket) => !socket.destroyed).length;
    tally.check(`${name}: all are closed within a minute`, left === 0, `${left} left`);
    tally.figure(`idle_sockets ${name}: all closed after s`, ((performance.now() - closedAt) / 1000).toFixed(1));
    const newcomer = new Connection(port, { localAddress: "127.0.0.9" });
    tally.check(`${name}: a newcomer is answered`, (await newcomer.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).status === 200);
    newcomer.close();
    sockets.forEach((socket) => socket.destroy());
  }
  clearInterval(watch);
  tally.check(`memory grew by at most ${GROWTH_LIMIT_BYTES / MIB} MiB`, largest - before <= GROWTH_LIMIT_BYTES, `${((largest - before) / MIB).toFixed(1)} MiB`);
  tally.figure("idle_sockets memory growth MiB", ((largest - before) / MIB).toFixed(1));
  old.close();
  oldOwn.close();
  await one.server.end("SIGTERM");
  setTimeout(() => process.exit(), 100);
});

/** More from one address than it may have: the surplus is closed at once. */
async function oneAddress(port) {
  const sockets = await open(port, PER_ADDRESS + 100, () => "127.0.0.2");
  await pause(500);
  const left = sockets.filter((socket) => !socket.destroyed).length;
  tally.check(`one address has at most ${PER_ADDRESS} connections`, left > 0 && left <= PER_ADDRESS, left);
  sockets.forEach((socket) => socket.destroy());
  await pause(500);
}

async function open(port, count, address) {
  const sockets = [];
  for (let i = 0; i < count; i += 1) {
    const socket = net.connect({ port, host: "127.0.0.1", localAddress: address(i) });
    socket.isConnected = false;
    socket.on("connect", () => {
      socket.isConnected = true;
      socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    });
    socket.on("error", () => {}).on("end", () => socket.destroy()).resume();
    sockets.push(socket);
    if (i % 200 === 199) await pause(5);
  }
  await pause(1500);
  return sockets;
}
