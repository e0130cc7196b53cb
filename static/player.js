// Plays a session: where the pointer went, what it clicked, how far the page was scrolled. There is no picture of the page.
// Nothing plays by itself; the list of the page tells the same.

const TRAIL_MS = 2500;
const RIPPLE_MS = 700;
const PAUSE_MS = 2000;

for (const player of document.querySelectorAll("[data-player]")) start(player);

async function start(player) {
  const part = (name) => player.querySelector(`[data-player-${name}]`);
  const [position, toggle, time, speed, skip] = ["position", "toggle", "time", "speed", "skip"].map(part);
  const canvas = player.querySelector("canvas");
  const context = canvas.getContext("2d");
  const probe = document.createElement("span");
  probe.hidden = true;
  player.append(probe);
  player.hidden = false;

  let film;
  try {
    const answer = await fetch(player.dataset.source, { headers: { accept: "application/json" } });
    if (answer.ok) film = await answer.json();
  } catch { /* Told below. */ }
  if (!film || !film.pages.length) {
    part("path").textContent = film ? "There is nothing to play in this session." : "The player could not load this session.";
    for (const control of player.querySelectorAll("button, input, select")) control.disabled = true;
    return;
  }

  // Whatever happens, for skipping the pauses.
  const signs = [film.moves, film.scrolls].flatMap((list) => list.map((item) => item[0]))
    .concat([film.clicks, film.pages, film.errors].flatMap((list) => list.map((item) => item.t)))
    .sort((a, b) => a - b);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let now = 0;
  let playing = false;
  let before = 0;

  position.max = film.duration_ms;
  position.addEventListener("input", () => seek(+position.value));
  toggle.addEventListener("click", () => play(!playing));
  player.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.matches("button, select, input[type=checkbox]")) return;
    event.preventDefault();
    play(!playing);
  });
  new ResizeObserver(draw).observe(player);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  part("note").textContent = [
    film.is_cut && "Only the first 20,000 events are played.",
    film.stride > 1 && `Of ${film.stride} points of the pointer’s way, one is shown.`,
    film.errors.length && `Marks over the bar are clicks; the red and tall ones are failed requests (${film.errors.length}).`,
  ].filter(Boolean).join(" ");
  mark();
  draw();

  function play(wanted) {
    if (wanted && now >= film.duration_ms) now = 0;
    playing = wanted;
    toggle.textContent = playing ? "Pause" : "Play";
    before = performance.now();
    if (playing) requestAnimationFrame(tick);
  }

  function tick(at) {
    if (!playing) return;
    now += Math.max(0, at - before) * speed.value;
    before = at;
    if (skip.checked) {
      const next = signs[after(signs, now, (sign) => sign)];
      const last = signs[after(signs, now, (sign) => sign) - 1] ?? 0;
      if (next - now > PAUSE_MS && now - last > PAUSE_MS / 4) now = next - 300;
    }
    if (now >= film.duration_ms) {
      now = film.duration_ms;
      play(false);
    }
    position.value = now;
    draw();
    requestAnimationFrame(tick);
  }

  function seek(to) {
    now = to;
    draw();
  }

  function draw() {
    const stay = film.pages[Math.max(0, after(film.pages, now, (page) => page.t) - 1)];
    const [w, h] = (stay.window ?? [1280, 720]).map((side) => Math.min(Math.max(side, 200), 5000));
    const end = (film.pages[film.pages.indexOf(stay) + 1] ?? { t: Infinity }).t;
    const here = (t) => t >= stay.t && t < end && t <= now;
    part("path").textContent = stay.path;
    time.textContent = `${clock(now)} / ${clock(film.duration_ms)}`;
    position.setAttribute("aria-valuetext", `${clock(now)}, ${stay.path}`);

    const ratio = devicePixelRatio || 1;
    const wide = Math.max(1, Math.min(player.clientWidth, (innerHeight * 0.6 * w) / h));
    const scale = (wide / w) * ratio;
    canvas.width = Math.round(w * scale);
    canvas.height = Math.round(h * scale);
    canvas.style.width = `${Math.round(wide)}px`;

    const at = after(film.moves, now, (move) => move[0]);
    const pointer = pointerAt(at, here);
    const top = topAt(here, pointer, h, stay);
    const place = (x, y) => [x * scale, (y - top) * scale];

    context.strokeStyle = resolved("--line");
    context.lineWidth = 1;
    context.beginPath();
    for (let y = 100 - (top % 100); y < h; y += 100) {
      context.moveTo(0, y * scale);
      context.lineTo(canvas.width, y * scale);
    }
    context.stroke();

    for (const click of film.clicks) {
      if (!here(click.t)) continue;
      const [x, y] = place(click.x, click.y);
      const age = (now - click.t) / RIPPLE_MS;
      context.strokeStyle = context.fillStyle = resolved("--accent");
      context.globalAlpha = age < 1 ? 1 : 0.45;
      dot(x, y, 4 * ratio);
      if (age < 1) {
        context.lineWidth = 2 * ratio;
        context.beginPath();
        context.arc(x, y, (calm.matches ? 14 : 4 + 22 * age) * ratio, 0, Math.PI * 2);
        context.stroke();
      }
    }
    context.globalAlpha = 1;

    context.strokeStyle = resolved("--s1");
    context.lineWidth = 2 * ratio;
    context.lineJoin = "round";
    context.beginPath();
    let last = -Infinity;
    for (let i = at - 1; i >= 0 && film.moves[i][0] >= now - TRAIL_MS && here(film.moves[i][0]); i--) {
      const [t, x, y] = film.moves[i];
      context[Math.abs(t - last) > PAUSE_MS ? "moveTo" : "lineTo"](...place(x, y));
      last = t;
    }
    context.stroke();

    if (pointer) {
      const [x, y] = place(...pointer);
      context.fillStyle = resolved("--text");
      context.strokeStyle = resolved("--bg");
      context.lineWidth = 1.5 * ratio;
      context.beginPath();
      for (const [dx, dy] of [[0, 0], [0, 17], [4, 13], [7, 20], [10, 19], [7, 12], [12, 12]]) {
        context.lineTo(x + dx * ratio, y + dy * ratio);
      }
      context.closePath();
      context.fill();
      context.stroke();
    }
    const long = stay.height ?? 0;
    if (long > h) {
      context.fillStyle = resolved("--border");
      context.fillRect(canvas.width - 5 * ratio, (top / long) * canvas.height, 4 * ratio, (h / long) * canvas.height);
    }

    // A canvas does not know light-dark(); the style sheet's colours are resolved by an element.
    function resolved(name) {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    }
  }

  /** Where the pointer is now: between two points that are close in time, else where it was last. */
  function pointerAt(at, here) {
    const last = film.moves[at - 1];
    const click = film.clicks[after(film.clicks, now, (item) => item.t) - 1];
    if (click && here(click.t) && (!last || click.t >= last[0])) return [click.x, click.y];
    if (!last || !here(last[0])) return null;
    const next = film.moves[at];
    if (!next || next[0] - last[0] > PAUSE_MS || next[0] <= last[0]) return [last[1], last[2]];
    const way = (now - last[0]) / (next[0] - last[0]);
    return [last[1] + (next[1] - last[1]) * way, last[2] + (next[2] - last[2]) * way];
  }

  /** The upper edge of the window: as the page told, but the pointer is always in the window. */
  function topAt(here, pointer, h, stay) {
    const scroll = film.scrolls[after(film.scrolls, now, (item) => item[0]) - 1];
    let top = scroll && here(scroll[0]) ? Math.max(0, scroll[1]) : 0;
    if (pointer && (pointer[1] < top || pointer[1] > top + h)) top = Math.max(0, pointer[1] - h / 2);
    return stay.height > h ? Math.min(top, stay.height - h) : top;
  }

  /** Clicks and failed requests along the bar. */
  function mark() {
    const marks = part("marks");
    const add = (t, colour, tall) => {
      const tick = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      tick.setAttribute("x", `${(t / Math.max(1, film.duration_ms)) * 100}%`);
      tick.setAttribute("y", tall ? 0 : 5);
      tick.setAttribute("width", 2);
      tick.setAttribute("height", tall ? 10 : 5);
      tick.setAttribute("class", colour);
      marks.append(tick);
    };
    for (const click of film.clicks.slice(0, 500)) add(click.t, "player-click", false);
    for (const error of film.errors) if (error.t >= 0 && error.t <= film.duration_ms) add(error.t, "player-error", true);
  }

  function dot(x, y, radius) {
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
  }
}

/** The place of the first item of a sorted list that is later than a time. */
function after(list, time, timeOf) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(list[middle]) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `4:05` */
function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
