// Takes over the drawings of charts: a pointer that tells the numbers, also by arrow keys, and zoom by dragging.
// The data lie in the page beside each drawing; the table below it is for those who do without.

const HEIGHT = 216;
const DASHES = { faint: [2, 3], unfinished: [5, 4] };
/** Parameters that belong to a period, or to a place in a list that another period does not have. */
const LEFT_BEHIND = ["period", "grain", "from", "to", "page", "after", "before"];

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const UNITS = {
  count: (value) => number.format(value),
  share: (value) => `${number.format(value * 100)} %`,
  score: (value) => value.toFixed(2),
  money: (value) => money.format(value),
  score: (value) => value.toFixed(2),
  time: (value) => {
    const seconds = Math.floor(value / 1000);
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
    return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} m`;
  },
  milliseconds: (value) => {
    if (value < 1000) return `${number.format(value)} ms`;
    if (value < 60000) return `${(value / 1000).toFixed(2)} s`;
    return `${Math.floor(value / 60000)} m ${String(Math.floor(value / 1000) % 60).padStart(2, "0")} s`;
  },
};

/** A round number that no value exceeds; the server's drawing has the same. */
function roundTop(top) {
  if (!(top > 0)) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 2.5, 5, 10].find((step) => step * magnitude >= top) * magnitude;
}

/** What is drawn of each series: its height, as lines may lie on each other. */
function heights(data) {
  const below = data.starts_ms.map(() => 0);
  return data.series.map((series) =>
    series.values.map((value, at) => {
      if (value === null || !data.is_stacked) return value;
      return (below[at] += value);
    }),
  );
}

/** A series as uPlot wants it, and a second one for its unfinished end. */
function lines(data, colours) {
  const drawn = { options: [], values: [] };
  const current = data.current;
  const isOne = data.starts_ms.length === 1;
  heights(data).forEach((values, at) => {
    const series = data.series[at];
    const usual = { stroke: colours.series[at], width: series.is_faint ? 1.5 : 2, points: { show: isOne, size: 6 } };
    const fill = at === 0 || data.is_stacked ? { fill: `color-mix(in srgb, ${colours.series[at]} 10%, transparent)` } : {};
    if (series.is_faint) {
      drawn.options.push({ ...usual, dash: DASHES.faint });
      drawn.values.push(values);
      return;
    }
    const splits = current !== null && !isOne;
    drawn.options.push({ ...usual, ...fill });
    drawn.values.push(splits ? values.map((value, index) => (index < current ? value : null)) : values);
    if (splits) {
      drawn.options.push({ ...usual, dash: DASHES.unfinished, points: { show: true, size: 4 } });
      drawn.values.push(values.map((value, index) => (index === current || index === current - 1 ? value : null)));
    }
  });
  return drawn;
}

/** Colours as the style sheet has them, in this theme. */
function coloursOf(figure) {
  const of = (selector, property) => getComputedStyle(figure.querySelector(selector) ?? figure)[property];
  return {
    series: [...figure.querySelectorAll(".legend li[class^=s]")].map((item) => getComputedStyle(item).color),
    grid: of(".grid-line", "stroke"),
    text: of(".axis", "color"),
  };
}

function zoom(data, first, last) {
  const address = new URL(location.href);
  for (const name of LEFT_BEHIND) address.searchParams.delete(name);
  address.searchParams.set("from", data.starts_ms[first]);
  address.searchParams.set("to", data.starts_ms[last + 1] ?? data.end_ms);
  location.assign(address);
}

/** The words at a bucket. */
function words(data, at) {
  const say = UNITS[data.unit] ?? UNITS.count;
  return data.series.map((series) => [series.name, series.values[at] == null ? "–" : say(series.values[at])]);
}

/** A box that follows the pointer. */
function makeTip(over) {
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  over.append(tip);
  return tip;
}

function fillTip(tip, data, at, colours) {
  const head = document.createElement("strong");
  head.textContent = data.labels[at] + (at === data.current ? " (not over yet)" : "");
  const rows = words(data, at).map(([name, value], index) => {
    const row = document.createElement("div");
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.color = colours.series[index];
    const text = document.createElement("span");
    text.textContent = name;
    const figure = document.createElement("span");
    figure.className = "number";
    figure.textContent = value;
    row.append(dot, text, figure);
    return row;
  });
  tip.replaceChildren(head, ...rows);
}

function makeOptions(figure, data, colours, drawn) {
  const count = data.starts_ms.length;
  const box = figure.querySelector(".chart");
  let tip;
  const axis = { stroke: colours.text, font: "12px system-ui, sans-serif", ticks: { show: false } };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 24, 0, 0],
    scales: {
      x: { time: false, range: () => (count === 1 ? [-1, 1] : [0, count - 1]) },
      y: { range: (_, low, high) => [0, roundTop(high)] },
    },
    series: [{}, ...drawn.options],
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        gap: 4,
        splits: (plot) => {
          const room = Math.max(2, Math.floor(plot.bbox.width / devicePixelRatio / 110));
          const step = Math.max(1, Math.ceil(count / room));
          return Array.from({ length: Math.ceil(count / step) }, (_, at) => at * step);
        },
        values: (_, splits) => splits.map((at) => data.labels[at] ?? ""),
      },
      {
        ...axis,
        grid: { stroke: colours.grid, width: 1 },
        size: (_, values) => 14 + 7 * Math.max(4, ...(values ?? []).map((value) => value.length)),
        values: (_, splits) => splits.map(UNITS[data.unit] ?? UNITS.count),
        incrs: data.unit === "count" ? [1, 2, 5].flatMap((n) => Array.from({ length: 12 }, (_, e) => n * 10 ** e)).sort((a, b) => a - b) : undefined,
      },
    ],
    cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: false } },
    hooks: {
      ready: [(plot) => (tip = makeTip(plot.over))],
      setCursor: [
        (plot) => {
          // It is told of its cursor before it is ready.
          if (!tip) return;
          const at = plot.cursor.idx;
          tip.hidden = at == null || plot.cursor.left < 0;
          if (tip.hidden) return;
          fillTip(tip, data, at, colours);
          const left = plot.cursor.left;
          const room = plot.over.clientWidth - tip.offsetWidth - 12;
          tip.style.transform = `translate(${left > room ? left - tip.offsetWidth - 12 : left + 12}px, 8px)`;
        },
      ],
      setSelect: [
        (plot) => {
          if (plot.select.width < 8) return;
          const first = Math.max(0, plot.posToIdx(plot.select.left));
          zoom(data, first, plot.posToIdx(plot.select.left + plot.select.width));
        },
      ],
    },
  };
}

/** Arrow keys move the pointer; what it is at is told as the value of a slider. Enter zooms into it. */
function addKeys(box, plot, data) {
  const last = data.starts_ms.length - 1;
  let at = data.current ?? last;
  const tell = () => {
    box.setAttribute("aria-valuenow", at);
    const told = words(data, at).map(([name, value]) => `${name} ${value}`);
    box.setAttribute("aria-valuetext", `${data.labels[at]}: ${told.join(", ")}`);
  };
  const show = () => {
    tell();
    plot().setCursor({ left: plot().valToPos(at, "x"), top: 10 });
  };
  Object.entries({ role: "slider", tabindex: "0", "aria-label": data.summary, "aria-valuemin": 0, "aria-valuemax": last }).forEach(
    ([name, value]) => box.setAttribute(name, value),
  );
  tell();
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -last, End: last };
    if (event.key === "Enter") {
      zoom(data, at, at);
    } else if (event.key in steps && !event.ctrlKey && !event.metaKey && !event.altKey) {
      at = Math.min(last, Math.max(0, at + steps[event.key]));
      show();
    } else if (event.key === "Escape" && plot().cursor.left >= 0) {
      plot().setCursor({ left: -10, top: -10 });
    } else {
      return;
    }
    event.preventDefault();
  });
  box.addEventListener("focus", () => box.matches(":focus-visible") && show());
  box.addEventListener("blur", () => plot().setCursor({ left: -10, top: -10 }));
}

function takeOver(figure) {
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  if (!data.starts_ms.length || !data.series.length) return;
  const box = figure.querySelector(".chart");
  let plot;
  const draw = () => {
    plot?.destroy();
    const colours = coloursOf(figure);
    const drawn = lines(data, colours);
    const values = [data.starts_ms.map((_, at) => at), ...drawn.values];
    plot = new uPlot(makeOptions(figure, data, colours, drawn), values, box);
  };
  box.classList.add("taken-over");
  draw();
  addKeys(box, () => plot, data);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT })).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

document.querySelectorAll("[data-chart]").forEach(takeOver);
