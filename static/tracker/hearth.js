// Hearth's tracker: page views, clicks, pointer moves, scroll depth and the page's own events, in heat-collector's wire
// format. What it never reads: keys, values of fields, text of the page. It is served without comments and indentation,
// so every comment stands on a line of its own and no text goes over more than one line.
(() => {
  const script = document.currentScript || document.querySelector("script[data-key]");
  const early = (window.hearth && window.hearth.q) || [];
  const { key, endpoint, ...options } = (script && script.dataset) || {};
  const asksForSilence = navigator.doNotTrack == "1" || window.doNotTrack == "1" || navigator.globalPrivacyControl;
  const isBot = /bot\b|crawler|spider|lighthouse/i.test(navigator.userAgent);
  if (window.hearth && window.hearth.on) return;
  if (!key || asksForSilence || isBot) {
    window.hearth = () => {};
    return;
  }

  const NAME = "hearth_sid";
  const IDLE_MS = 1800000;
  const FLUSH_MS = 3000;
  const SAMPLE_MS = 100;
  const MAX_WAITING = 500;
  const MAX_BATCH = 50;
  // Browsers refuse to finish requests of more than 64 KiB after the page is gone.
  const MAX_BATCH_CHARS = 40000;
  const PARAMETERS = /^(utm_.*|gclid|fbclid|msclkid|ttclid|twclid|li_fat_id|ref|source)$/;
  const FILES = /\.(pdf|zip|rar|7z|gz|tgz|dmg|exe|msi|pkg|deb|rpm|apk|csv|xlsx?|docx?|pptx?|epub|mp[34])$/i;

  const source = new URL(script.src, location);
  const url = endpoint || source.origin + source.pathname.replace(/[^/]*$/, "") + "ingest";
  const root = document.documentElement;
  const now = Date.now;
  const has = (name) => name in options;

  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Pages without TLS have no randomUUID.
    return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));
  };
  const pageId = uuid().slice(0, 13);
  let count = 0;

  // The session: its id, when it began and was last active, who its user is. It lives in the tab, or with data-cookie in a
  // cookie that all tabs and the app behind the proxy see.
  let session = null;
  const cookie = () => (has("cookie") && (document.cookie.match(/(?:^|; )hearth_sid=([\w-]{36})/) || [])[1]) || null;
  const load = () => {
    try { return JSON.parse(sessionStorage.getItem(NAME)); } catch (e) { return null; }
  };
  const save = () => {
    try { sessionStorage.setItem(NAME, JSON.stringify(session)); } catch (e) { /* Storage is blocked: it lives in this page. */ }
    if (has("cookie")) {
      const secure = location.protocol == "https:" ? ";Secure" : "";
      document.cookie = `${NAME}=${session.id};path=/;max-age=${IDLE_MS / 1000};SameSite=Lax${secure}`;
    }
  };
  const begin = (id) => {
    session = { id: id || uuid(), at: now(), seen: now(), joined: !!id };
    save();
  };
  // Says whether there is a session already; begins one if there is none.
  const resume = () => {
    const shared = cookie();
    session = session || load();
    if (session && session.id && now() - session.seen < IDLE_MS && (!shared || shared == session.id)) return true;
    begin(shared);
    return !!shared;
  };

  // What waits to be sent.
  let waiting = [];
  let timer = 0;
  let failures = 0;
  let retryAt = 0;
  let sending = 0;
  const push = (type, fields, meta) => {
    if (waiting.length >= MAX_WAITING) return;
    session.seen = now();
    waiting.push({
      type, eventId: `${pageId}-${++count}`, sessionId: session.id, ts: session.seen, path,
      viewport: { w: innerWidth, h: innerHeight, dpr: devicePixelRatio },
      device: { platform: navigator.platform, language: navigator.language },
      ...fields, meta: meta || { renderHeight: root.scrollHeight }, s: session,
    });
    later(FLUSH_MS);
  };
  const later = (ms) => { timer = timer || setTimeout(() => { timer = 0; flush(); }, ms); };
  const flush = (isLast) => {
    flushMoves();
    flushScroll();
    if (!waiting.length || (sending && !isLast)) return;
    if (!isLast && now() < retryAt) return later(retryAt - now());
    save();
    const { s } = waiting[0];
    const events = [];
    let size = 0;
    while (waiting.length && waiting[0].s == s && events.length < MAX_BATCH && size < MAX_BATCH_CHARS) {
      size += JSON.stringify(waiting[0]).length;
      events.push(waiting.shift());
    }
    send(s, events);
    if (isLast) flush(true);
  };
  const send = (s, events) => {
    const body = {
      sdk: { name: "hearth.js" }, session: { id: s.id, startedAt: s.at, lastSeenAt: s.seen },
      user: s.user, events: events.map((event) => ({ ...event, s: undefined })),
    };
    sending++;
    fetch(url, {
      method: "POST", keepalive: true, headers: { "content-type": "application/json", "x-project-key": key }, body: JSON.stringify(body),
    }).then((answer) => answer.status == 429 || answer.status > 499, () => true).then((again) => {
      sending--;
      failures = again ? failures + 1 : 0;
      // Events keep their ids: what was stored although the answer got lost is not stored twice.
      if (again) waiting = events.concat(waiting).slice(0, MAX_WAITING);
      retryAt = again ? now() + Math.min(30000, 500 * 2 ** failures) : 0;
      if (waiting.length) later(0);
    });
  };

  // Page views.
  const place = () => location.pathname + (has("hash") ? location.hash : "");
  let path = place();
  const view = (from, isFirst) => {
    path = place();
    depth = sentDepth = 0;
    const meta = { host: location.host, title: document.title.slice(0, 200) };
    const query = new URLSearchParams();
    new URLSearchParams(location.search).forEach((value, name) => {
      if (PARAMETERS.test(name)) query.append(name, value.slice(0, 200));
    });
    if (`${query}`) meta.query = `${query}`;
    if (isFirst && document.referrer) {
      const referrer = new URL(document.referrer);
      if (referrer.host != location.host) meta.referrer = `${referrer.protocol}//${referrer.host}${referrer.pathname}`.slice(0, 500);
    }
    push("pageview", { from, to: path }, meta);
    look();
  };
  const navigated = () => {
    if (place() == path) return;
    flushMoves();
    flushScroll();
    const from = path;
    wake();
    view(from);
  };
  // Whoever comes back after half an hour begins a new session, and has seen this page in it.
  const wake = () => {
    if (now() - session.seen < IDLE_MS) return;
    begin(cookie());
    view();
  };
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function () {
      const result = original.apply(this, arguments);
      // The title is usually set after the address.
      setTimeout(navigated, 0);
      return result;
    };
  }

  // How far down the page has been seen, in per cent of its height.
  let depth = 0;
  let sentDepth = 0;
  let sentY = 0;
  const look = () => {
    sentY = Math.max(0, Math.round(scrollY));
    depth = Math.max(depth, Math.min(100, ((sentY + innerHeight) / Math.max(root.scrollHeight, 1)) * 100));
  };
  const flushScroll = () => {
    if (has("noScrolls") || depth <= sentDepth) return;
    sentDepth = depth;
    push("scroll", { scrollY: sentY, scrollDepthPct: depth });
  };

  // Where the pointer went.
  let points = [];
  let movedAt = 0;
  const moved = (event) => {
    const at = now();
    if (at - movedAt < SAMPLE_MS) return;
    wake();
    movedAt = at;
    points.push({ x: event.pageX, y: event.pageY, at });
    if (points.length >= 50) flushMoves();
    later(FLUSH_MS);
  };
  const flushMoves = () => {
    if (!points.length) return;
    const ts = points[0].at;
    push("move", { ts, points: points.map(({ x, y, at }) => ({ x, y, tsOffset: at - ts })) });
    points = [];
  };

  // A short name of an element by tags, ids and classes; those with digits are often made up anew at each load.
  const selector = (element) => {
    const parts = [];
    for (let at = element; at && at != root && parts.length < 4; at = at.parentElement) {
      const tag = at.localName;
      if (/^[a-z][a-z_-]{0,39}\d{0,2}$/i.test(at.id)) {
        parts.unshift(`${tag}#${at.id}`);
        break;
      }
      const classes = [...at.classList].filter((name) => /^[a-z][a-z_-]{0,29}$/i.test(name)).slice(0, 2);
      const alike = at.parentElement ? [...at.parentElement.children].filter((other) => other.localName == tag) : [];
      const nth = alike.length > 1 ? `:nth-of-type(${alike.indexOf(at) + 1})` : "";
      parts.unshift(tag + classes.map((name) => `.${name}`).join("") + nth);
    }
    return parts.join(" > ").slice(0, 200);
  };
  const clicked = (event) => {
    const element = event.target;
    if (!(element instanceof Element)) return;
    wake();
    if (event.type == "click" && !has("noClicks")) {
      let { pageX: x, pageY: y } = event;
      // A key, not a pointer.
      if (!event.detail) {
        const box = element.getBoundingClientRect();
        [x, y] = [box.left + box.width / 2 + scrollX, box.top + box.height / 2 + scrollY];
      }
      push("click", { x, y, selector: selector(element), button: event.button });
    }
    const link = element.closest("a[href]");
    if (!link || event.button > 1 || !/^https?:$/.test(link.protocol)) return;
    const props = { url: (link.origin + link.pathname).slice(0, 500) };
    if (link.hasAttribute("download") || FILES.test(link.pathname)) custom("download", props);
    else if (link.host != location.host) custom("outbound_click", props);
  };

  // What the page itself has to say. Anything but an object would have the whole batch refused.
  const plain = (object) => {
    let text = "";
    try { text = JSON.stringify(object) || ""; } catch (e) { /* It refers to itself. */ }
    return text[0] == "{" && text.length < 8000 ? JSON.parse(text) : {};
  };
  const custom = (name, props) => {
    push("custom", { name: `${name}`.slice(0, 200), props: plain(props) });
  };
  const command = (name, first, traits) => {
    if (!name) return;
    wake();
    if (name != "identify") return custom(name, first);
    const id = first == null ? "" : `${first}`.slice(0, 200);
    const known = session.user ? session.user.id : "";
    // Whoever signs out, or is somebody else now, begins a new session.
    if (known && known != id) {
      flush(true);
      begin();
      view();
    }
    if (!id) return;
    session.user = { id, traits: traits && plain(traits) };
    save();
    if (known != id) custom("identify");
  };

  const start = () => {
    const known = resume();
    view(undefined, !known);
    if (!has("noMoves")) addEventListener("pointermove", moved, { passive: true });
    addEventListener("scroll", () => { wake(); look(); later(FLUSH_MS); }, { passive: true });
    addEventListener("click", clicked, true);
    addEventListener("auxclick", clicked, true);
    addEventListener("popstate", navigated);
    addEventListener("hashchange", navigated);
    addEventListener("pagehide", () => flush(true));
    addEventListener("pageshow", (event) => { if (event.persisted) { resume(); view(); } });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState == "hidden") flush(true); });
    window.hearth = (...words) => command(...words);
    window.hearth.on = true;
    early.forEach((words) => command(...words));
  };
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
