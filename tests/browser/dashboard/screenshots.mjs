// Pictures of every screen. Started by ../screenshots.sh.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openDemo } from "./demo.mjs";
import { openContext } from "./opened.mjs";
import { CASES, pathOf } from "./screens.mjs";
import { openWorld } from "./world.mjs";

const SIZES = [{ width: 390, height: 844 }, { width: 1280, height: 900 }];

const THEMES = ["light", "dark"];

/** What the README shows: screen, theme, and the picture's name. */
const README = [["overview", "light", "overview"], ["heatmap viewer", "dark", "heatmap"], ["traffic", "light", "traffic"]];

const README_FOLDER = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));

/** The most that a picture of the README may have. */
const README_BYTES = 200 * 1024;

const main = async () => {
  const options = readOptions(process.argv.slice(2));
  const world = options.isSeeded ? { ...(await openWorld()), kinds: ["rich", "sparse", "empty", "own"] } : await openDemo();
  try {
    if (options.isReadme) await renewReadme(world);
    else await takeAll(world, options);
  } finally {
    await world.browser.close();
    await world.hearth.stop();
    world.app?.close();
  }
};

const takeAll = async (world, { folder, only }) => {
  fs.mkdirSync(folder, { recursive: true });
  for (const one of CASES.filter(({ screen, kind }) => world.kinds.includes(kind) && screen.name.includes(only))) {
    for (const colorScheme of THEMES) {
      const opened = await openContext(world, { colorScheme });
      const status = await opened.visit(pathOf(world, one));
      for (const size of SIZES) {
        await opened.page.setViewportSize(size);
        const file = `${one.screen.name.replaceAll(" ", "-")}-${one.kind}-${size.width}-${colorScheme}.png`;
        await opened.page.screenshot({ path: path.join(folder, file), fullPage: true });
      }
      const said = opened.complaints.length ? `  ${opened.complaints.join("; ")}` : "";
      if (colorScheme === THEMES[0]) console.log(`${status} ${one.screen.name}, ${one.kind}${said}`);
      await opened.close();
    }
  }
};

const renewReadme = async (world) => {
  fs.mkdirSync(README_FOLDER, { recursive: true });
  for (const [name, colorScheme, picture] of README) {
    const opened = await openContext(world, { colorScheme, viewport: { width: 1280, height: 800 } });
    const one = CASES.find(({ screen, kind }) => screen.name === name && kind === "rich");
    const status = await opened.visit(pathOf(world, one));
    if (status !== 200) throw new Error(`${name} is answered ${status}`);
    const file = path.join(README_FOLDER, `${picture}.png`);
    await opened.page.screenshot({ path: file });
    await opened.close();
    const { status: code, stderr } = spawnSync("pngquant", ["--force", "--output", file, "--skip-if-larger", "--quality=70-95", file], { encoding: "utf8" });
    // 98 and 99: the picture is better as it is.
    if (![0, 98, 99].includes(code)) throw new Error(`pngquant: ${stderr}`);
    const { size } = fs.statSync(file);
    if (size > README_BYTES) throw new Error(`${picture}.png has ${size} bytes`);
    console.log(`docs/screenshots/${picture}.png  ${Math.round(size / 1024)} KB`);
  }
};

const readOptions = (args) => {
  const options = { folder: undefined, only: "", isSeeded: false, isReadme: false };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === "--seeded") options.isSeeded = true;
    else if (args[i] === "--readme") options.isReadme = true;
    else if (args[i] === "--only") options.only = args[(i += 1)] ?? "";
    else options.folder = args[i];
  }
  if (!options.folder && !options.isReadme) {
    console.error("no OUTDIR");
    process.exit(2);
  }
  return options;
};

await main();
