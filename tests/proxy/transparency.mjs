// Random valid exchanges through the proxy: bodies and heads must arrive as they were sent (trust.md P4).
//
//   transparency.mjs [--exchanges 400] [--seed N] [--connections 6]
import net from "node:net";
import { readOptions } from "../faults/options.mjs";
import { listenOnLoopback } from "../lib/port.mjs";
import { pieces } from "./content.mjs";
import { headDifferences } from "./differences.mjs";
import { planExchanges } from "./exchanges.mjs";
import { isDirect, isStandIn, standInLacks, startProxy } from "./setting.mjs";
import { tally, trial } from "./trial.mjs";
import { Digest, Wire, chunk, connect, finalResponse, headText, requestFraming, responseFraming, valuesOf, write } from "./wire.mjs";

/** No exchange may take longer; the largest have 100 MiB. */
const EXCHANGE_LIMIT_MS = 90_000;
/** A client that was promised `100 Continue` and does not get it sends its body after this time anyway. */
const CONTINUE_LIMIT_MS = 3000;
const PIPELINE_DEPTH = 8;

const options = readOptions(process.argv.slice(2), { exchanges: 400, seed: Date.now() % 1_000_000, connections: 6 });
const plans = planExchanges(options.seed, options.exchanges, standInLacks());
const seen = plans.map(() => ({ requests: 0, problems: [] }));
const figures = { up: 0, down: 0, continues: 0, reasonsChanged: 0, connections: 0 };

await trial(async () => {
  console.log(`seed ${options.seed}, ${options.exchanges} exchanges, ${options.connections} connections`);
  const upstream = net.createServer({ noDelay: true }, (socket) => serve(socket).catch(() => socket.destroy()));
  const proxy = await startProxy({ upstream: await listenOnLoopback(upstream) });
  const next = plans.values();
  await Promise.all(Array.from({ length: options.connections }, () => work(proxy.port, next)));
  let differences = 0;
  for (const { id, request } of plans) {
    const { requests, problems, finished } = seen[id];
    if (!finished) problems.push("not finished");
    if (requests !== 1) problems.push(`seen ${requests} times by the upstream`);
    differences += problems.length;
    tally.check(`exchange ${id} (${request.method} ${request.target.slice(0, 60)})`, problems.length === 0, problems.slice(0, 5).join("; "));
  }
  await pipelined(proxy.port);
  tally.figure("transparency exchanges", plans.length);
  tally.figure("transparency differences", differences);
  tally.figure("transparency MiB up", Math.round(figures.up / 2 ** 20));
  tally.figure("transparency MiB down", Math.round(figures.down / 2 ** 20));
  tally.figure("transparency bodies sent after 100 Continue", figures.continues);
  tally.figure("transparency reason phrases changed (allowed)", figures.reasonsChanged);
  await recorded(proxy);
  await proxy.stop();
  upstream.close();
});

/** One client connection after the other, exchanges until there are none left. */
async function work(port, next) {
  let connection;
  for (const plan of next) {
    if (connection === undefined || connection.wire.ending !== undefined) {
      const socket = await connect(port);
      connection = { socket, wire: new Wire(socket) };
      figures.connections += 1;
    }
    const { socket } = connection;
    const late = setTimeout(() => { note(plan.id, `not within ${EXCHANGE_LIMIT_MS} ms`); socket.destroy(); }, EXCHANGE_LIMIT_MS);
    let announced = false;
    try {
      announced = await exchange(plan, connection);
    } catch (error) {
      note(plan.id, `client: ${error.message}`);
      socket.destroy();
    }
    clearTimeout(late);
    if (socket.destroyed || announced || mustEnd(plan)) {
      if (!socket.destroyed) await ended(plan, connection);
      connection = undefined;
    }
  }
  connection?.socket.destroy();
}

/** Whether the client's connection ends after the exchange. */
function mustEnd({ request, response }) {
  return request.close || (isDirect && response.close);
}

/** After an exchange that asked for it, the proxy closes the connection and sends nothing more. */
async function ended({ id }, { socket, wire }) {
  const late = setTimeout(() => { note(id, "connection left open after Connection: close"); socket.destroy(); }, 5000);
  const rest = await wire.some().catch(() => null);
  clearTimeout(late);
  if (rest !== null) note(id, `bytes after the response: ${JSON.stringify(rest.toString("latin1", 0, 60))}`);
  socket.destroy();
}

/** One exchange, compared; resolves to whether the proxy said that it closes the connection. */
async function exchange({ id, request, response }, { socket, wire }) {
  let mayGoOn;
  const goOn = new Promise((resolve) => { mayGoOn = resolve; });
  const sending = sendRequest({ id, request }, socket, goOn);
  const answer = await finalResponse(wire, (status) => status === 100 && mayGoOn(true));
  mayGoOn(false);
  await sending;
  if (answer === null) throw new Error("connection closed without an answer");

  const body = new Digest();
  const framing = responseFraming(answer, request.method);
  const trailers = await wire.body(framing, (part) => body.add(part));
  figures.down += body.bytes;
  const expected = new Digest();
  if (sendsBody(request, response)) for (const piece of pieces(response.body.seed, response.body.bytes)) expected.add(piece);
  if (answer.status !== response.status) note(id, `status ${answer.status}, sent ${response.status}`);
  if (answer.reason !== response.reason) figures.reasonsChanged += 1;
  for (const problem of headDifferences("response", response.fields, answer.fields, response.hop)) note(id, problem);
  checkResponseFraming({ id, request, response }, answer);
  const [bodySent, bodyReceived] = [expected.text(), body.text()];
  if (bodySent !== bodyReceived) note(id, `response body: sent ${bodySent}, received ${bodyReceived}`);
  if (trailers.length > 0) note(id, "trailers of the response came through");
  if (answer.interim.some((status) => status !== 100 || !request.expects)) note(id, `interim ${answer.interim}`);
  seen[id].finished = true;
  return valuesOf(answer.fields, "connection").some((value) => value.toLowerCase().includes("close"));
}

async function sendRequest({ id, request }, socket, goOn) {
  const { method, target, version, fields, body, chunked, trailers } = request;
  const host = fields.some(([name]) => name === "Host") ? [] : [["Host", "odd.example:8080"]];
  await write(socket, headText(`${method} ${target} HTTP/${version}`, [...host, ...fields]));
  if (!body) return;
  if (request.expects) {
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(resolve, CONTINUE_LIMIT_MS, null); });
    const allowed = await Promise.race([goOn, late]);
    clearTimeout(timer);
    if (allowed === null) note(id, `no 100 Continue within ${CONTINUE_LIMIT_MS} ms`);
    if (allowed === false) return;
    figures.continues += 1;
  }
  const digest = new Digest();
  for (const piece of pieces(body.seed, body.bytes)) {
    digest.add(piece);
    if (!(await write(socket, chunked ? chunk(piece) : piece))) return;
  }
  if (chunked) await write(socket, `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  figures.up += digest.bytes;
  seen[id].sent = digest.text();
}

/** The app: reads each request strictly, compares it with its plan, and answers as planned. */
async function serve(socket) {
  const wire = new Wire(socket);
  for (let head = await wire.head(); head !== null; head = await wire.head()) {
    const id = Number(valuesOf(head.fields, "x-exchange")[0]);
    const plan = plans[id];
    if (plan === undefined) {
      await servePipelined(head, socket);
      continue;
    }
    seen[id].requests += 1;
    await receive(plan, head, wire);
    await answer(plan, socket);
    if (plan.response.close || valuesOf(head.fields, "connection").some((value) => value.includes("close"))) {
      socket.end();
      return;
    }
  }
}

async function receive({ id, request }, head, wire) {
  const [method, target, version] = head.start.split(" ");
  if (method !== request.method) note(id, `method ${method}`);
  if (target !== request.target) note(id, `target ${target.slice(0, 200)}, sent ${request.target.slice(0, 200)}`);
  if (version !== "HTTP/1.1" && !isStandIn) note(id, `version ${version}`);
  if (valuesOf(head.fields, "host").join() !== "odd.example:8080") note(id, `Host ${valuesOf(head.fields, "host")}`);
  for (const problem of headDifferences("request", request.fields, head.fields, request.hop)) note(id, problem);
  const framing = requestFraming(head);
  if (request.body && !request.chunked && framing !== request.body.bytes) note(id, `request framing ${framing}, sent ${request.body.bytes}`);
  if (request.chunked && framing !== "chunked" && !isStandIn) note(id, `request framing ${framing}, sent chunked`);
  if (valuesOf(head.fields, "expect").length > 0) await write(wire.socket, "HTTP/1.1 100 Continue\r\n\r\n");
  const digest = new Digest();
  const trailers = await wire.body(framing, (part) => digest.add(part));
  if (trailers.length > 0) note(id, "trailers of the request came through");
  const received = digest.text();
  const sent = seen[id].sent ?? new Digest().text();
  if (received !== sent) note(id, `request body: sent ${sent}, received ${received}`);
}

async function answer({ request, response }, socket) {
  for (const status of response.interim) await write(socket, headText(`HTTP/1.1 ${status} Interim`, status === 103 ? [["Link", "</a.css>; rel=preload"]] : []));
  await write(socket, headText(`HTTP/${response.version} ${response.status} ${response.reason}`, response.fields));
  if (!sendsBody(request, response)) return;
  const chunked = response.framing === "chunked";
  for (const piece of pieces(response.body.seed, response.body.bytes)) {
    if (!(await write(socket, chunked ? chunk(piece) : piece))) return;
  }
  if (chunked) await write(socket, `0\r\n${response.trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
}

function sendsBody(request, response) {
  return request.method !== "HEAD" && response.framing !== "none";
}

/** A length that was told stays told, and the same; what had none is framed as the client's version allows. */
function checkResponseFraming({ id, request, response }, answer) {
  const lengths = valuesOf(answer.fields, "content-length");
  const codings = valuesOf(answer.fields, "transfer-encoding");
  const told = valuesOf(response.fields, "content-length");
  if (told.length > 0 && lengths.join() !== told.join()) note(id, `Content-Length ${lengths}, sent ${told}`);
  if (lengths.length > 0 && codings.length > 0) note(id, "both Content-Length and Transfer-Encoding");
  if (codings.length > 0 && request.version === "1.0" && !isDirect) note(id, "chunked to an HTTP/1.0 client");
  if (response.status === 204 && (lengths.length > 0 || codings.length > 0)) note(id, "framing fields in a 204");
}

/** Requests that are sent without waiting are answered in their order. */
async function pipelined(port) {
  for (let round = 0; round < 5; round += 1) {
    const socket = await connect(port);
    const wire = new Wire(socket);
    const numbers = Array.from({ length: PIPELINE_DEPTH }, (_, i) => round * PIPELINE_DEPTH + i);
    await write(socket, numbers.map((n) => headText(`GET /pipelined/${n} HTTP/1.1`, [["Host", "odd.example"]])).join(""));
    const answers = [];
    const late = setTimeout(() => socket.destroy(), 10_000);
    try {
      for (const _ of numbers) {
        const answer = await finalResponse(wire);
        const parts = [];
        await wire.body(responseFraming(answer, "GET"), (part) => parts.push(part));
        answers.push(Buffer.concat(parts).toString());
      }
    } catch (error) {
      answers.push(error.message);
    }
    clearTimeout(late);
    socket.destroy();
    tally.check(`pipelined round ${round}: ${PIPELINE_DEPTH} answers in order`, answers.join() === numbers.map((n) => `/pipelined/${n}`).join(), answers.join());
  }
}

async function servePipelined(head, socket) {
  const target = head.start.split(" ")[1];
  await write(socket, headText("HTTP/1.1 200 OK", [["Content-Length", String(target.length)]]) + target);
}

/** Every exchange is recorded once, with the status that the client got and the bytes that passed. */
async function recorded(proxy) {
  if (!proxy.records) return;
  const total = plans.length + 5 * PIPELINE_DEPTH;
  const rows = await proxy.records.settled(total);
  tally.check("each exchange is recorded once", rows.length === total, `${rows.length} records of ${total}`);
  tally.check("no exchange is recorded as failed", rows.every((row) => row.failure === null), JSON.stringify(rows.find((row) => row.failure !== null)));
  const sum = (name) => rows.reduce((all, row) => all + row[name], 0);
  const pipelinedBytes = Array.from({ length: 5 * PIPELINE_DEPTH }, (_, n) => `/pipelined/${n}`.length).reduce((a, b) => a + b);
  tally.check("recorded bytes up", sum("bytes_in") === figures.up, `${sum("bytes_in")}, sent ${figures.up}`);
  tally.check("recorded bytes down", sum("bytes_out") === figures.down + pipelinedBytes, `${sum("bytes_out")}, received ${figures.down + pipelinedBytes}`);
  const countOf = (list) => JSON.stringify(Object.entries(list.reduce((counts, status) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {})));
  const statuses = [...plans.map(({ response }) => response.status), ...Array(5 * PIPELINE_DEPTH).fill(200)];
  tally.check("recorded statuses", countOf(rows.map((row) => row.status_code)) === countOf(statuses), countOf(rows.map((row) => row.status_code)));
}

function note(id, problem) {
  seen[id].problems.push(problem);
}
