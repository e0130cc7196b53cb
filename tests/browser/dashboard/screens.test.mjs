// Every screen, with much, with little and with nothing: clean, accessible in both themes, at all widths, within its budget.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { outlineFaults, overflows, violations } from "./audit.mjs";
import { asLine, countTransfer, excesses } from "./budget.mjs";
import { openContext } from "./opened.mjs";
import { CASES, OPEN_SCREENS, pathOf } from "./screens.mjs";
import { useWorld } from "./world.mjs";

const world = useWorld();
const budgets = [];

after(() => { for (const line of budgets) console.log(line); });

/** Opens a screen in a browser that has never been here and looks at everything. */
const inspect = async (name, path, state) => {
  const opened = await openContext(world, { state });
  const { page } = opened;
  const transferred = await countTransfer(page);
  const status = await opened.visit(path);
  assert.equal(status, 200, `GET ${path}`);
  const transfer = transferred();
  budgets.push(asLine(name, transfer));
  const faults = [...excesses(transfer), ...(await outlineFaults(page, opened.html))];
  faults.push(...(await overflows(page)));
  for (const [colorScheme, width] of [["light", 1280], ["dark", 390]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 844 });
    faults.push(...(await violations(page)).map((line) => `${colorScheme}, ${width} px: ${line}`));
  }
  faults.push(...opened.complaints);
  await opened.close();
  assert.deepEqual(faults, []);
};

describe("every screen is clean, accessible, fits all widths and keeps its budget", () => {
  for (const one of CASES) {
    test(`${one.screen.name}, ${one.kind}`, () => inspect(`${one.screen.name}, ${one.kind}`, pathOf(world, one), world.state));
  }
  for (const screen of OPEN_SCREENS) test(screen.name, () => inspect(screen.name, screen.path, null));
  test("a page that is not there", async () => {
    const opened = await openContext(world);
    assert.equal(await opened.visit(`/p/${world.rich.id}/nothing`), 404);
    assert.deepEqual(await outlineFaults(opened.page, opened.html), []);
    assert.deepEqual(await violations(opened.page), []);
    await opened.close();
  });
});

describe("every screen is complete without scripts", () => {
  for (const one of CASES.filter(({ kind }) => kind === "rich" || kind === "own")) {
    test(`${one.screen.name} has what it is for`, async () => {
      const opened = await openContext(world, { javaScriptEnabled: false });
      assert.equal(await opened.visit(pathOf(world, one)), 200);
      const main = opened.page.locator("main");
      assert.equal(await main.locator("h1").count(), 1);
      assert.ok(await opened.page.locator(one.screen.has).first().isVisible(), `nothing visible like ${one.screen.has}`);
      assert.ok((await main.innerText()).length > 100, "hardly any text");
      await opened.close();
    });
  }
});
