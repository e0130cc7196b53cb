// Surfaces `proxied_url` and `proxied_header`: hostile requests to the user's app, through the recording proxy.
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { startHearth } from "../../lib/hearth.mjs";
import { freePort, listenOnLoopback } from "../../lib/port.mjs";
import { sendRaw } from "../../lib/raw_http.mjs";
import { until } from "../../lib/until.mjs";
import { OPEN_SETTINGS } from "./ingest.mjs";
import { firstMacro, inputBytes } from "./input.mjs";
import { expect, fail } from "./tally.mjs";
import { expectHealthy, expectInert } from "./watch.mjs";

/** What the app answers to everything; whatever else comes with a 200 is not the app's. */
const OF_THE_APP = "the app's own answer";

/** Connections over which a flood of requests is sent. */
const FLOOD_CONNECTIONS = 8;

/** Runs the cases. */
export const runProxied = async (cases, tally) => {
  const app = http.createServer((request, response) => { request.resume(); response.end(OF_THE_APP); });
  await listenOnLoopback(app);
  const proxyPort = await freePort();
  const hearth = await startHearth({ ...OPEN_SETTINGS, PROXY__LISTEN: `127.0.0.1:${proxyPort}`, PROXY__UPSTREAM: `http://127.0.0.1:${app.address().port}` });
  const { projects } = await ask(hearth, "/api/v1/projects");
  const subject = { hearth, proxyPort, traffic: `/api/v1/projects/${projects[0].id}/traffic` };
  for (const one of cases) {
    const judge = JUDGES[one.expect] ?? (() => fail(`no judge for ${one.expect}`));
    await tally.run(one.name, async () => { await judge(one, subject); await expectHealthy(hearth); });
  }
  await tally.run(`${cases[0].surface}: stops in good order afterwards`, () => hearth.stop());
  app.close();
  app.closeAllConnections();
  for (const one of cases.filter((one) => one.expect === "secret-absent")) {
    await tally.run(`${one.name}: afterwards`, () => expectNowhere(one, hearth));
  }
};

/** What each expectation means; to be found in the file afterwards is judged when the process has ended. */
const JUDGES = {
  "no-5xx": (one, subject) => send(one, subject),
  "secret-absent": (one, subject) => send(one, subject),
  "reject-4xx": async (one, subject) => {
    const { status } = await send(one, subject);
    expect(status >= 400, `answered ${status}`);
  },
  "not-local-file": async (one, subject) => expectOfTheApp(await send(one, subject)),
  "auth-consistent": async (one, subject) => expectOfTheApp(await send(one, subject)),
  "stored-inert": async (one, subject) => {
    const before = await recorded(subject);
    const answer = await send(one, subject);
    if (answer.status < 400) await until("it is recorded", async () => (await recorded(subject)) > before);
    for (const list of ["requests", "routes"]) {
      const told = await sendRaw({ port: subject.hearth.port, target: `${subject.traffic}/${list}` });
      expect(told.status === 200, `${list}: answered ${told.status}`);
      expectInert(told, list);
    }
  },
  bounded: async (one, subject) => {
    const { count, text } = firstMacro(one.input);
    const before = await recorded(subject);
    await flood(subject.proxyPort, count, text);
    await until("all are recorded", async () => (await recorded(subject)) >= before + count, { withinMs: 60_000 });
    const { routes } = await ask(subject.hearth, `${subject.traffic}/routes?limit=1000`);
    const [route] = routes.filter((one) => one.requests >= count);
    expect(route !== undefined, `${count} requests are spread over ${routes.length} routes`);
  },
};

/** Sends a case; the answer is neither a failure of Hearth's nor none at all. */
const send = async (one, { proxyPort }) => {
  const input = inputBytes(one.input, one.macros);
  const isUrl = one.surface === "proxied_url";
  const colon = input.indexOf(":");
  const headers = isUrl ? [] : [[input.subarray(0, colon).toString("latin1"), input.subarray(colon + 2)]];
  const answer = await sendRaw({ port: proxyPort, target: isUrl ? input : "/", headers });
  expect(answer.status !== 0 && answer.status < 500, `answered ${answer.status} ${answer.text.slice(0, 200)}`);
  return answer;
};

const expectOfTheApp = ({ status, text }) =>
  expect(status >= 400 || text === OF_THE_APP, `answered ${status} with what is not the app's: ${text.slice(0, 200)}`);

/** Nothing of the secret is in the database, beside it or in the log. */
const expectNowhere = (one, { folder }) => {
  const secrets = one.input.match(/CANARY(-SECRET-\d+)?|canary-\d+@/g);
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if (!fs.statSync(file).isFile()) continue;
    const bytes = fs.readFileSync(file);
    for (const secret of secrets) expect(!bytes.includes(secret), `${name} holds ${secret}`);
  }
};

const recorded = async ({ hearth }) => (await ask(hearth, "/api/v1/status")).proxy.recorded;

const ask = async (hearth, target) => (await fetch(hearth.base + target)).json();

/** Sends `count` requests, `%i` in the target replaced by their number, and waits for all answers. */
const flood = (port, count, text) =>
  Promise.all(Array.from({ length: FLOOD_CONNECTIONS }, (_, at) => floodOne(port, at, count, text)));

const floodOne = (port, first, count, text) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    let next = first;
    let tail = "";
    const ask = () => {
      if (next >= count) { socket.end(); resolve(); return; }
      socket.write(`GET ${text.replaceAll("%i", next)} HTTP/1.1\r\nHost: app.test\r\n\r\n`);
      next += FLOOD_CONNECTIONS;
    };
    socket.on("connect", ask);
    socket.on("data", (data) => {
      tail += data.toString("latin1");
      if (!tail.endsWith(OF_THE_APP)) return;
      if (!tail.startsWith("HTTP/1.1 200")) { reject(new Error(`answered ${tail.slice(0, 100)}`)); return; }
      tail = "";
      ask();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
  });
