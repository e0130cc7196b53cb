// The live view: takes over the feed that the server wrote, by websocket, or by asking again where there is none.
// Everything from outside becomes text nodes and attributes, never markup.

const root = document.querySelector("[data-live]");
const project = root.dataset.live;
const base = `/p/${project}`;
const feed = root.querySelector("[data-feed]");
const state = root.querySelector("[data-state]");
const rate = root.querySelector("[data-rate]");
const form = root.querySelector("[data-feed-form]");
const pauseButton = root.querySelector("[data-pause]");

const KINDS = { request: "Request", pageview: "Page view", click: "Click", custom: "Event", track: "App event" };
const MAX_ROWS = 100;
/** More than so many rows a second nobody reads; the others are counted. */
const ROWS_A_SECOND = 20;
const ROWS_AT_ONCE = 60;
const PAINT_MS = 250;
const POLL_MS = 3000;
const MOMENT_MS = 10000;
/** A hidden tab is let go of after so long. */
const HIDDEN_MS = 5000;
/** How often at most the state is said to who listens to the page. */
const SAY_MS = 2000;
const MAX_WAIT_MS = 30000;

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: root.dataset.zone,
});
const number = new Intl.NumberFormat("en-GB");

let socket = null;
let attempts = 0;
let lastHeard = 0;
let heartbeatMs = 30000;
let retryTimer = 0;
let pollTimer = 0;
let hiddenTimer = 0;
let isPaused = false;
let isPolling = false;
let waiting = [];
let skipped = 0;
let arrivals = [];
let tokens = ROWS_AT_ONCE;
let tokensAt = performance.now();
let seen = new Set();

const timeOf = (event) => event.created_at ?? event.time ?? event.ts;
const keyOf = (event) =>
  event.kind === "request" ? `r${event.id}` : event.kind === "track" ? `t${event.seq}` : `${event.kind}${event.session_id}${event.ts}${event.path}`;

const link = (path, name, value) => `${base}/${path}?${name}=${encodeURIComponent(value)}`;

function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function cell(content, className) {
  const made = element("td");
  if (className) made.className = className;
  if (content) made.append(content);
  // As in the server's markup: texts of cells must not run into each other for who takes the text of a row.
  made.append(" ");
  return made;
}

/** One row, as the server writes it. */
function row(event) {
  const made = element("tr");
  const at = new Date(timeOf(event));
  made.append(cell(element("time", clock.format(at), { datetime: at.toISOString() }), "nowrap"));
  made.append(cell(element("span", KINDS[event.kind] ?? event.kind, { class: "badge" }), "nowrap"));
  let text = event.path ?? event.name;
  let href = event.session_id ? link("sessions/session", "id", event.session_id) : null;
  let status = null;
  let more = [];
  if (event.kind === "request") {
    text = `${event.method} ${event.original_url}`;
    href = link("traffic/requests/request", "id", event.id);
    const tone = { 2: "good", 4: "warn", 5: "bad" }[Math.floor(event.status_code / 100)] ?? "";
    status = element("span", event.status_code, { class: `badge ${tone}` });
    more = [duration(event.duration_ms)];
  }
  if (event.revenue) more.push(`${(event.revenue.amount ?? 0).toFixed(2)} ${event.revenue.currency}`);
  if (event.user_id) more.push(event.user_id);
  made.append(cell(href ? element("a", text, { href }) : document.createTextNode(text), "path"));
  made.append(cell(status), cell(document.createTextNode(more.join(" · ")), "nowrap"));
  return made;
}

let sayTimer = 0;
let said = "";

/** Says the state at once to the eye, and not too often to the ear: the element is a polite live region. */
function say(words) {
  said = words;
  if (sayTimer) return;
  state.textContent = words;
  sayTimer = setTimeout(() => {
    sayTimer = 0;
    if (state.textContent !== said) say(said);
  }, SAY_MS);
}

function showRate() {
  const now = performance.now();
  arrivals = arrivals.filter(([at]) => now - at < 10000);
  const count = arrivals.reduce((sum, [, events]) => sum + events, 0);
  const words = [`${(count / 10).toFixed(1)} events/s`];
  if (skipped) words.push(`${number.format(skipped)} not shown, because they came too fast`);
  if (isPaused && waiting.length) words.push(`${number.format(waiting.length)} waiting`);
  rate.textContent = words.join(" · ");
}

/** Takes events in, the oldest first. */
function take(events) {
  const fresh = events.filter((event) => {
    const key = keyOf(event);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  if (seen.size > 5000) seen = new Set([...seen].slice(-2000));
  if (!fresh.length) return;
  arrivals.push([performance.now(), fresh.length]);
  waiting.push(...fresh);
  if (waiting.length > 1000) skipped += waiting.splice(0, waiting.length - 1000).length;
}

/** Begins again with what happened last, the newest first. */
function fill(events) {
  const keys = new Set(events.map(keyOf));
  for (const key of keys) seen.add(key);
  waiting = waiting.filter((event) => !keys.has(keyOf(event)));
  if (events.length) root.querySelector("[data-nothing]")?.remove();
  feed.replaceChildren(...events.slice(0, MAX_ROWS).map(row));
}

/** Shows what waits, as far as somebody can read it. */
function paint() {
  showRate();
  if (isPaused || document.hidden || !waiting.length) return;
  const now = performance.now();
  tokens = Math.min(ROWS_AT_ONCE, tokens + ((now - tokensAt) / 1000) * ROWS_A_SECOND);
  tokensAt = now;
  const fits = Math.floor(tokens);
  if (!fits) return;
  const shown = waiting.slice(-fits);
  skipped += waiting.length - shown.length;
  waiting = [];
  tokens -= shown.length;
  root.querySelector("[data-nothing]")?.remove();
  feed.prepend(...shown.reverse().map(row));
  while (feed.rows.length > MAX_ROWS) feed.lastElementChild.remove();
}

/** What the form asks for, in the words of `subscribe`. */
function wanted() {
  const words = { kinds: Object.keys(KINDS) };
  const fields = new FormData(form);
  if (fields.get("kind")) words.kinds = [fields.get("kind")];
  for (const name of ["route", "status", "user"]) {
    const value = fields.get(name).trim();
    if (value) words[name] = value;
  }
  return words;
}

/** The same for events that are asked for instead of told. */
function passes(event) {
  const { kinds, route, status, user } = wanted();
  const place = event.route ?? event.path;
  const fits = (pattern, text) =>
    text !== undefined && text !== null && (pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern);
  return (
    kinds.includes(event.kind) &&
    (!route || fits(route, place)) &&
    (!status || (event.status_code !== undefined && (status.endsWith("xx") ? String(event.status_code)[0] === status[0] : String(event.status_code) === status))) &&
    (!user || event.user_id === user)
  );
}

function connect() {
  clearTimeout(retryTimer);
  if (socket || document.hidden) return;
  if (attempts) say("Connecting again…");
  else state.textContent = "Connecting…";
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  let made;
  try {
    made = new WebSocket(`${scheme}://${location.host}/live?project=${project}`, ["hearth.v1"]);
  } catch {
    startPolling();
    return say("No websocket here; asking every few seconds");
  }
  socket = made;
  lastHeard = Date.now();
  made.addEventListener("open", () => made.send(JSON.stringify({ type: "subscribe", ...wanted() })));
  made.addEventListener("message", ({ data }) => {
    if (made !== socket) return;
    lastHeard = Date.now();
    const message = JSON.parse(data);
    if (message.type === "hello") {
      heartbeatMs = message.heartbeat_s * 1000;
    } else if (message.type === "subscribed") {
      attempts = 0;
      stopPolling();
      // What happened between the page, or the last connection, and this one.
      ask("all");
      say(isPaused ? "Connected, paused" : "Connected");
    } else if (message.type === "events") {
      take(message.events);
    } else if (message.type === "skipped") {
      skipped += message.count;
    } else if (message.type === "ping") {
      made.send('{"type":"pong"}');
    }
  });
  made.addEventListener("close", ({ code }) => {
    if (made !== socket) return;
    socket = null;
    if (document.hidden) return;
    attempts += 1;
    const waitMs = Math.min(MAX_WAIT_MS, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
    startPolling();
    say(code === 4401 ? "Signed out. Sign in again to go on." : "No connection; asking every few seconds");
    if (code !== 4401) retryTimer = setTimeout(connect, waitMs);
  });
}

function disconnect() {
  clearTimeout(retryTimer);
  stopPolling();
  const old = socket;
  socket = null;
  old?.close(1000);
}

function startPolling() {
  if (isPolling) return;
  isPolling = true;
  let events = seen.size ? true : "all";
  const again = async () => {
    if (!isPolling) return;
    await ask(events);
    events = true;
    if (isPolling) pollTimer = setTimeout(again, POLL_MS);
  };
  pollTimer = setTimeout(again, 0);
}

function stopPolling() {
  isPolling = false;
  clearTimeout(pollTimer);
}

/** Asks what the moment is: figures, bars and lists, and with `events` what happened last. */
async function ask(events) {
  try {
    const answer = await fetch(`/api/v1/projects/${project}/live?limit=${events ? 100 : 1}`);
    if (!answer.ok) {
      if (isPolling) say(answer.status === 401 ? "Signed out. Sign in again to go on." : "The server does not answer; trying again");
      return;
    }
    const moment = await answer.json();
    if (events === "all") fill(moment.events.filter(passes));
    else if (events) take(moment.events.filter(passes).reverse());
    if (!isPaused) show(moment);
  } catch {
    if (isPolling) say("The server cannot be reached; trying again");
  }
}

function show(moment) {
  const visitors = root.querySelector("[data-visitors]");
  visitors.textContent = number.format(moment.visitors);
  visitors.nextSibling.textContent = ` ${moment.visitors === 1 ? "visitor" : "visitors"} in the last five minutes`;
  bars("Page views", moment.views_per_minute);
  bars("Requests", moment.requests_per_minute);
  const [pages, referrers] = root.querySelectorAll("[data-present] > section");
  present(pages, moment.pages, (path) => link("pages/page", "path", path));
  present(referrers, moment.referrers, null);
}

function bars(name, values) {
  const figure = root.querySelector(`[data-bars="${name}"]`);
  const top = Math.max(1, ...values);
  const drawn = figure.querySelectorAll("rect");
  const cells = figure.querySelectorAll("tbody td");
  values.forEach((value, at) => {
    const height = Math.floor((value * 100) / top);
    drawn[at]?.setAttribute("height", height);
    drawn[at]?.setAttribute("y", 100 - height);
    if (cells[at]) cells[at].textContent = value;
  });
  const sum = values.reduce((sum, value) => sum + value, 0);
  root.querySelector(`[data-sum="${name}"]`).textContent = number.format(sum);
  figure.querySelector("figcaption").textContent =
    `${name} in the last ${values.length} minutes: ${sum}; at most ${Math.max(...values)} in one of them, ${values.at(-1)} in the current one.`;
}

const SVG = "http://www.w3.org/2000/svg";

/** The rows of a list with bars. */
function present(card, found, address) {
  if (!card) return;
  if (!found.length) {
    if (card.querySelector("ol")) card.querySelector("ol").replaceChildren();
    return;
  }
  let list = card.querySelector("ol");
  if (!list) {
    list = element("ol", undefined, { class: "bars" });
    card.querySelector("p")?.replaceWith(list);
  }
  const top = Math.max(...found.map((one) => one.visitors));
  const all = found.reduce((sum, one) => sum + one.visitors, 0);
  list.replaceChildren(
    ...found.map(({ text, visitors }) => {
      const item = element("li");
      const drawing = document.createElementNS(SVG, "svg");
      drawing.setAttribute("aria-hidden", "true");
      const bar = document.createElementNS(SVG, "rect");
      for (const [key, value] of [["width", `${Math.floor((visitors * 100) / top)}%`], ["height", "100%"], ["rx", "3"]]) bar.setAttribute(key, value);
      drawing.append(bar);
      const share = ((visitors / all) * 100).toFixed(1).replace(/\.0$/, "");
      const name = address ? element("a", text, { class: "truncate", href: address(text), title: text }) : element("span", text, { class: "truncate", title: text });
      item.append(drawing, name, element("span", number.format(visitors), { class: "number" }), element("span", `${share} %`, { class: "share" }));
      return item;
    }),
  );
}

pauseButton.addEventListener("click", () => {
  isPaused = !isPaused;
  pauseButton.setAttribute("aria-pressed", isPaused);
  pauseButton.textContent = isPaused ? "Go on" : "Pause";
  say(isPaused ? "Paused" : socket ? "Connected" : "Asking every few seconds");
  paint();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  feed.replaceChildren();
  waiting = [];
  skipped = 0;
  seen.clear();
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "subscribe", ...wanted() }));
  else ask("all");
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      disconnect();
      say("Paused while this tab is hidden");
    }, HIDDEN_MS);
  } else if (!socket) {
    attempts = 0;
    connect();
  }
});
addEventListener("pagehide", disconnect);
addEventListener("pageshow", ({ persisted }) => persisted && connect());

// The rows that the server wrote stay until `fill` has the same ones, once the connection stands.
form.hidden = false;
root.parentElement.querySelector("[data-refresh]").hidden = true;
setInterval(paint, PAINT_MS);
setInterval(() => {
  if (document.hidden) return;
  if (socket && Date.now() - lastHeard > 2 * heartbeatMs) socket.close();
  if (!isPolling) ask(false);
}, MOMENT_MS);
connect();
