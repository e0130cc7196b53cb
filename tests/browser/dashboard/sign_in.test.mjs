// The door: set-up once, signing in and out, the second factor, and the choice of a theme.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContext } from "./opened.mjs";
import { setUpPath, signIn } from "./set_up.mjs";
import { codeOf } from "./totp.mjs";
import { ADMIN, useWorld, VIEWER } from "./world.mjs";

const world = useWorld();

const errorOf = (page) => page.getByRole("alert").innerText();

test("the set-up link is gone once it was used, and its page makes no second administrator", async () => {
  await assert.rejects(setUpPath(world.hearth), /not within/);
  const opened = await openContext(world, { state: null });
  const status = await opened.visit("/setup?token=0123456789abcdef0123456789abcdef");
  assert.ok(status >= 400, `answered ${status}`);
  assert.equal(await opened.page.locator("input[type=password]").count(), 0);
  await opened.close();
});

test("a wrong password is told apart from nothing, the right one leads to the page that was asked for", async () => {
  const opened = await openContext(world, { state: null });
  const wanted = `/p/${world.rich.id}?period=7d`;
  await opened.visit(wanted);
  assert.equal(new URL(opened.page.url()).pathname, "/login");
  await signIn(opened.page, { name: ADMIN.name, password: "wrong wrong wrong" });
  assert.equal(await errorOf(opened.page), "The name or the password is wrong.");
  const forKnown = await opened.page.content();
  assert.ok(!forKnown.includes("wrong wrong wrong"), "the page repeats the password");
  await signIn(opened.page, { name: "nobody at all", password: "wrong wrong wrong" });
  assert.equal(await errorOf(opened.page), "The name or the password is wrong.");
  await signIn(opened.page, ADMIN);
  assert.equal(new URL(opened.page.url()).pathname + new URL(opened.page.url()).search, wanted);
  const cookies = await opened.context.cookies();
  const session = cookies.find(({ name }) => name.endsWith("hearth"));
  assert.ok(session.httpOnly && session.sameSite === "Lax", JSON.stringify({ ...session, value: "" }));
  await opened.close();
});

test("signing out ends the session on the server, too", async () => {
  const opened = await openContext(world, { state: null });
  await opened.visit("/login");
  await signIn(opened.page, VIEWER);
  const cookies = await opened.context.cookies();
  await opened.visit("/account/profile");
  await Promise.all([opened.page.waitForURL((url) => url.pathname !== "/account/profile"), opened.page.locator('form[action="/logout"] button').first().click()]);
  await opened.context.addCookies(cookies);
  await opened.visit("/account/profile");
  assert.equal(new URL(opened.page.url()).pathname, "/login");
  await opened.close();
});

test("with a second factor the password alone opens nothing", async () => {
  const opened = await openContext(world);
  const { page } = opened;
  await opened.visit("/account/security");
  const secret = (await page.locator("main").innerText()).match(/\b(?:[A-Z2-7]{4} ?){4,}\b/)?.[0];
  assert.ok(secret, "the page shows no secret for the authenticator app");
  const form = page.locator('form[action="/account/security/factor"]');
  const password = form.locator("input[type=password]");
  if (await password.count()) await password.fill(ADMIN.password);
  await form.locator("input[name=code]").fill(codeOf(secret));
  await Promise.all([page.waitForEvent("load"), form.getByRole("button").click()]);
  const fresh = await openContext(world, { state: null });
  await fresh.visit("/login");
  await signIn(fresh.page, ADMIN);
  assert.equal(new URL(fresh.page.url()).pathname, "/login/code");
  await fresh.visit(`/p/${world.rich.id}`);
  assert.equal(new URL(fresh.page.url()).pathname, "/login");
  await signIn(fresh.page, ADMIN);
  const code = async (text) => {
    await fresh.page.locator("input[name=code]").fill(text);
    await Promise.all([fresh.page.waitForEvent("load"), fresh.page.getByRole("button", { name: "Sign in" }).click()]);
  };
  await code("000000");
  assert.match(await errorOf(fresh.page), /wrong/i);
  // The step of the code that switched it on is used up.
  await code(codeOf(secret, 1));
  assert.ok(!new URL(fresh.page.url()).pathname.startsWith("/login"), fresh.page.url());
  await fresh.close();
  await opened.close();
});

test("the theme is a cookie that the server knows: no flash, also without scripts, and it can be taken back", async () => {
  const opened = await openContext(world, { javaScriptEnabled: false });
  const { page } = opened;
  await opened.visit(`/p/${world.rich.id}`);
  const theme = () => page.locator("html").getAttribute("data-theme");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = {};
  assert.equal(await theme(), null);
  for (const wanted of ["light", "dark", null]) {
    await page.locator('a[href^="/theme/"]').first().click();
    await page.waitForLoadState();
    assert.equal(new URL(page.url()).pathname, `/p/${world.rich.id}`, "back where it was chosen");
    assert.equal(await theme(), wanted);
    seen[wanted] = await background();
  }
  assert.notEqual(seen.light, seen.dark);
  await opened.close();
});
