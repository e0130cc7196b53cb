// Many small requests over a few connections, and the app that answers them: as little work per request as possible.
import net from "node:net";
import { listenOnLoopback } from "../lib/port.mjs";
import { until } from "../lib/until.mjs";

/** An answer that takes longer counts as failed. */
const ANSWER_LIMIT_MS = 20_000;

/**
 * Sends the requests that `next()` gives, as whole texts, until it gives undefined; `connections` at a time.
 *
 * Resolves to `{sent, failed, problems, slowestMs}`; anything but a complete 200 is a failure. `onAnswer` hears of each good one.
 */
export const sendAll = async ({ port, connections, next, onAnswer = () => {} }) => {
  const tally = { sent: 0, failed: 0, problems: new Set(), slowestMs: 0 };
  await Promise.all(Array.from({ length: connections }, () => oneConnection(port, next, tally, onAnswer)));
  return tally;
};

/** One kept-alive connection; a new one after a failure. */
const oneConnection = async (port, next, tally, onAnswer) => {
  for (let text = next(); text !== undefined;) {
    text = await new Promise((resolve) => {
      let current = text;
      let startedAt = performance.now();
      let received = "";
      let isOver = false;
      const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
      socket.setEncoding("latin1");
      const send = () => {
        startedAt = performance.now();
        tally.sent += 1;
        socket.write(current, "latin1");
      };
      const fail = (problem) => {
        if (isOver) return;
        isOver = true;
        tally.failed += 1;
        if (tally.problems.size < 5) tally.problems.add(problem);
        socket.destroy();
        resolve(next());
      };
      socket.setTimeout(ANSWER_LIMIT_MS, () => fail("no answer in time"));
      socket.once("connect", send);
      socket.on("error", (error) => fail(error.code));
      socket.on("end", () => fail(`connection closed after ${JSON.stringify(received.slice(0, 100))}`));
      socket.on("data", (part) => {
        received += part;
        const end = received.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = /^content-length: *(\d+)/im.exec(received.slice(0, end));
        if (length === null) return fail(`no length: ${received.slice(0, 200)}`);
        if (received.length < end + 4 + Number(length[1])) return;
        if (!received.startsWith("HTTP/1.1 200 ")) return fail(received.slice(0, received.indexOf("\r\n")));
        tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
        onAnswer();
        received = "";
        current = next();
        if (current !== undefined) return send();
        isOver = true;
        socket.destroy();
        resolve(undefined);
      });
    });
  }
};

/** Starts an app that answers each request (without a body) with 200 and the fields that `fieldsFor(target)` gives; resolves to its port. */
export const startSmallApp = (fieldsFor = () => "") =>
  listenOnLoopback(net.createServer({ noDelay: true }, (socket) => {
    let received = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.on("data", (part) => {
      received += part;
      let answers = "";
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        answers += `HTTP/1.1 200 OK\r\n${fieldsFor(received.slice(received.indexOf(" ") + 1, received.indexOf(" HTTP/")))}Content-Length: 2\r\n\r\nok`;
        received = received.slice(end + 4);
      }
      if (answers !== "") socket.write(answers, "latin1");
    });
  }));

/** Waits until every one of `sent` requests was recorded, left out or dropped, and resolves to the counts. */
export const accounted = async (proxy, sent, { withinMs = 30_000 } = {}) => {
  let counts;
  const all = async () => {
    counts = await proxy.records.counts();
    return counts.recorded + counts.ignored + counts.dropped_queue_full + counts.dropped_store >= sent;
  };
  await until("every request is accounted for", all, { withinMs, everyMs: 50 }).catch(() => {});
  return counts;
};
