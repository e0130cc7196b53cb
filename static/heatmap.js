// Draws a heatmap finer than the picture that the page comes with: cells from the API, blurred, coloured by a ramp.
// The canvas lies over the picture, whose grid, outlines and fold line stay. Bands need no canvas but for the PNG.

const MAX_PIXELS = 16e6;
const MAX_SIDE = 8192;
const STEPS = 256;

for (const figure of document.querySelectorAll("[data-heat]")) start(figure);

async function start(figure) {
  const page = figure.querySelector(".heat-page");
  const picture = page.querySelector("svg");
  const cells = figure.querySelector("[data-heat-cells]");
  const outlines = figure.querySelector("[data-heat-outlines]");
  const labels = figure.querySelector(".heat-labels");
  const controls = figure.querySelector("[data-heat-controls]");
  const { width, height } = picture.viewBox.baseVal;
  let map;

  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", () => {
    figure.dataset.ramp = controls.ramp.value;
    outlines.toggleAttribute("hidden", !controls.outlines.checked);
    labels.toggleAttribute("hidden", !controls.outlines.checked);
    draw();
  });
  figure.querySelector("[data-heat-png]").addEventListener("click", save);

  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  if (figure.dataset.source) {
    try {
      const answer = await fetch(figure.dataset.source, { headers: { accept: "application/json" } });
      if (answer.ok) map = await answer.json();
    } catch { /* The picture of the page stays. */ }
  }
  if (map) {
    page.insertBefore(canvas, labels);
    // What one place far beyond the others has would make all others pale.
    const values = map.cells.map((cell) => cell[2]).sort((a, b) => a - b);
    map.top = Math.max(values[Math.floor((values.length - 1) * 0.99)] || 1, Math.min(map.max, 3));
    const cut = map.top < map.max;
    figure.querySelector("[data-heat-most]").textContent = map.top.toLocaleString("en") + (cut ? " or more" : "");
    cells.setAttribute("hidden", "");
  }
  let asked = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(draw);
  }).observe(page);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();

  function opacity() {
    return controls.opacity.value / 100;
  }

  function draw() {
    cells.setAttribute("opacity", opacity());
    if (map) paint(canvas, page.clientWidth * devicePixelRatio);
  }

  /** Paints the cells on a canvas of about this width. */
  function paint(target, wanted) {
    const scale = Math.min(wanted / width, MAX_SIDE / height, MAX_SIDE / width, Math.sqrt(MAX_PIXELS / (width * height)));
    target.width = Math.max(1, Math.round(width * scale));
    target.height = Math.max(1, Math.round(height * scale));
    const context = target.getContext("2d", { willReadFrequently: true });
    const radius = Math.max(Math.max(map.cell.w, map.cell.h) * 1.5, 26) * scale;
    const blot = blotOf(radius);
    const side = blot.width;
    for (const [x, y, value] of map.cells) {
      context.globalAlpha = Math.min(1, Math.max(0.08, Math.sqrt(value / map.top)));
      context.drawImage(blot, Math.round(x * scale - side / 2), Math.round(y * scale - side / 2));
    }
    const ramp = rampOf(figure);
    // In stripes, so that a long page needs no second picture of itself in memory.
    for (let top = 0; top < target.height; top += 512) {
      const stripe = context.getImageData(0, top, target.width, Math.min(512, target.height - top));
      colour(stripe.data, ramp, opacity());
      context.putImageData(stripe, 0, top);
    }
  }

  /** Saves what is seen as a picture. */
  async function save() {
    const target = document.createElement("canvas");
    const scale = Math.min(1, MAX_SIDE / height, MAX_SIDE / width, Math.sqrt(MAX_PIXELS / (width * height)));
    target.width = Math.round(width * scale);
    target.height = Math.round(height * scale) + 40;
    const context = target.getContext("2d");
    const style = getComputedStyle(figure);
    context.fillStyle = style.getPropertyValue("background-color");
    if (/, 0\)$|transparent/.test(context.fillStyle)) context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, target.width, target.height);
    context.scale(scale, scale);
    if (map) {
      const heat = document.createElement("canvas");
      paint(heat, width * scale);
      context.drawImage(heat, 0, 0, width, height);
    }
    context.globalAlpha = opacity();
    for (const band of map ? [] : cells.querySelectorAll("rect")) {
      context.fillStyle = getComputedStyle(band).fill;
      context.fillRect(0, +band.getAttribute("y"), width, +band.getAttribute("height"));
    }
    context.globalAlpha = 1;
    context.strokeStyle = context.fillStyle = style.color;
    context.font = "16px system-ui, sans-serif";
    if (controls.outlines.checked) {
      for (const box of outlines.querySelectorAll("rect")) {
        context.strokeRect(...["x", "y", "width", "height"].map((name) => +box.getAttribute(name)));
      }
    }
    const fold = figure.querySelector(".heat-fold");
    context.setLineDash([10, 6]);
    context.beginPath();
    context.moveTo(0, +fold.getAttribute("y1"));
    context.lineTo(width, +fold.getAttribute("y1"));
    context.stroke();
    for (const text of labels.querySelectorAll("text")) {
      const at = (name, length) => (parseFloat(text.getAttribute(name)) / 100) * length + +text.getAttribute(`d${name}`);
      context.textAlign = text.getAttribute("text-anchor") === "end" ? "right" : "left";
      context.fillText(text.textContent, at("x", width), at("y", height));
    }
    context.textAlign = "left";
    context.setTransform(1, 0, 0, 1, 0, 0);
    const most = figure.querySelector(".heat-legend").innerText.replace(/\s+/g, " ");
    context.fillText(`${figure.dataset.name} · ${figure.dataset.range} · ${most}`, 12, target.height - 14, target.width - 24);
    const blob = await new Promise((resolve) => target.toBlob(resolve, "image/png"));
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `heatmap ${figure.dataset.name}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 100) + ".png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

/** A soft round blot. */
function blotOf(radius) {
  const blot = document.createElement("canvas");
  blot.width = blot.height = Math.max(2, Math.ceil(radius * 2));
  const context = blot.getContext("2d");
  const middle = blot.width / 2;
  const fade = context.createRadialGradient(middle, middle, 0, middle, middle, middle);
  fade.addColorStop(0, "#000");
  fade.addColorStop(0.4, "#0009");
  fade.addColorStop(1, "#0000");
  context.fillStyle = fade;
  context.fillRect(0, 0, blot.width, blot.height);
  return blot;
}

/** The eight colours of the style sheet as 256: red, green, blue of each. */
function rampOf(figure) {
  const strip = document.createElement("canvas");
  strip.width = STEPS;
  strip.height = 1;
  const context = strip.getContext("2d");
  const fade = context.createLinearGradient(0, 0, STEPS, 0);
  const style = getComputedStyle(figure);
  for (let step = 0; step < 8; step++) fade.addColorStop(step / 7, style.getPropertyValue(`--h${step + 1}`).trim() || "#000");
  context.fillStyle = fade;
  context.fillRect(0, 0, STEPS, 1);
  return context.getImageData(0, 0, STEPS, 1).data;
}

/** Gives pixels the colour of their density; what is hardly there stays clear. */
function colour(pixels, ramp, opacity) {
  for (let at = 0; at < pixels.length; at += 4) {
    const density = pixels[at + 3];
    if (density === 0) continue;
    pixels[at] = ramp[density * 4];
    pixels[at + 1] = ramp[density * 4 + 1];
    pixels[at + 2] = ramp[density * 4 + 2];
    pixels[at + 3] = Math.min(1, density / 64) * 255 * opacity;
  }
}
