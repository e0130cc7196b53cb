// Who may only look: by a share link, and as a viewer. Neither sees forms that change something, nor may send them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openContext } from "./opened.mjs";
import { PROJECT_SCREENS } from "./screens.mjs";
import { signIn } from "./set_up.mjs";
import { useWorld, VIEWER } from "./world.mjs";

const world = useWorld();

/** What a form of the project may do for whoever only looks: nothing. Each is a POST that the routes know. */
const POSTS = [
  ["/settings/general", { name: "taken over" }],
  ["/settings/keys", { name: "x" }],
  ["/settings/goals", { name: "x", kind: "page", pattern: "/" }],
  ["/settings/filters", { name: "x", query: "f=page:is:/" }],
  ["/settings/sharing/links", { name: "x" }],
  ["/settings/sharing/members", { name: VIEWER.name, role: "owner" }],
  ["/people/erase", { id: "user:user-1", confirm: "user:user-1" }],
];

/** Sends every form with the token that the page would have, and insists that it is refused. */
const expectRefused = async (opened) => {
  const token = await opened.page.locator("input[name=form_token]").first().getAttribute("value").catch(() => "") ?? "";
  for (const [path, form] of POSTS) {
    const answer = await opened.context.request.post(`${world.hearth.base}/p/${world.rich.id}${path}`, { form: { form_token: token, ...form }, headers: { origin: world.hearth.base }, maxRedirects: 0 });
    const to = answer.headers().location ?? "";
    assert.ok(answer.status() >= 400 || to.startsWith("/login"), `POST ${path} is answered ${answer.status()} ${to}`);
  }
};

/** Every screen that opens shows the project and has no form that sends. */
const expectReadOnly = async (opened) => {
  let seen = 0;
  for (const screen of PROJECT_SCREENS.filter(({ setting }) => !setting)) {
    const status = await opened.visit(`/p/${world.rich.id}${screen.of(world.rich)}`);
    assert.equal(status, 200, screen.name);
    const forms = await opened.page.locator('main form[method="post"]').count();
    assert.equal(forms, 0, `${screen.name} has ${forms} forms that change something`);
    assert.deepEqual(opened.complaints, [], screen.name);
    seen += 1;
  }
  assert.ok(seen > 15);
};

test("a share link opens the project, read-only and nothing else, until it is revoked", async () => {
  const owner = await openContext(world);
  await owner.visit(`/p/${world.rich.id}/settings/sharing`);
  const form = owner.page.locator('form[action$="/settings/sharing/links"]').first();
  await form.locator('input[name="name"]').fill("for the bakery");
  await Promise.all([owner.page.waitForEvent("load"), form.getByRole("button").first().click()]);
  const link = (await owner.page.content()).match(/\/share\/([\w-]{16,})/)?.[0];
  assert.ok(link, "the link is not shown");

  const guest = await openContext(world, { state: null });
  assert.equal(await guest.visit(link), 200);
  assert.equal(new URL(guest.page.url()).pathname, `/p/${world.rich.id}`);
  await expectReadOnly(guest);
  await expectRefused(guest);
  for (const path of [`/p/${world.sparse.id}`, `/p/${world.rich.id}/settings/keys`, "/admin/status", "/account/profile", "/"]) {
    const status = await guest.visit(path);
    assert.ok(status >= 400 || new URL(guest.page.url()).pathname === "/login", `${path} is answered ${status} at ${guest.page.url()}`);
  }

  await owner.visit(`/p/${world.rich.id}/settings/sharing`);
  await Promise.all([owner.page.waitForEvent("load"), owner.page.locator('form[action$="/links/revoke"] button').first().click()]);
  const status = await guest.visit(`/p/${world.rich.id}`);
  assert.ok(status >= 400 || new URL(guest.page.url()).pathname === "/login", `still opens: ${status}`);
  await guest.close();
  await owner.close();
});

test("a viewer sees every screen of the project and can change nothing", async () => {
  const viewer = await openContext(world, { state: null });
  await viewer.visit("/login");
  await signIn(viewer.page, VIEWER);
  await expectReadOnly(viewer);
  await viewer.visit("/account/profile");
  await expectRefused(viewer);
  for (const path of [`/p/${world.sparse.id}`, `/p/${world.rich.id}/settings/sharing`, "/admin/status", "/admin/users"]) {
    const status = await viewer.visit(path);
    assert.ok(status === 403 || status === 404, `${path} is answered ${status}`);
  }
  await viewer.close();
});
