// Every screen: where it is, and what must be on it even without scripts.

const path = (segments, parameters = {}) => `${segments}${Object.keys(parameters).length ? `?${new URLSearchParams(parameters)}` : ""}`;

/**
 * Screens of a project.
 *
 * `of(project)` is the path below the project's. `in` are the projects it is looked at with, where that is not all three.
 * `has` is a selector of what the screen is for, when it has data. `bar`: has periods and filters.
 */
export const PROJECT_SCREENS = [
  { name: "overview", of: () => "", has: ".figures", bar: true, chart: true },
  { name: "live", of: () => "/live", has: ".feed table" },
  { name: "pages", of: () => "/pages", has: "table", bar: true },
  { name: "page", of: ({ page }) => path("/pages/page", { path: page }), has: ".figures", bar: true, chart: true, in: ["rich"] },
  { name: "heatmaps", of: () => "/heatmaps", has: "table", bar: true },
  { name: "heatmap viewer", of: ({ page }) => path("/heatmaps/viewer", { path: page }), has: "table", bar: true, in: ["rich"] },
  { name: "sessions", of: () => "/sessions", has: "table", bar: true },
  { name: "session", of: ({ session }) => path("/sessions/session", { id: session }), has: "main ol, main table", in: ["rich", "sparse"] },
  { name: "events", of: () => "/events", has: "table", bar: true },
  { name: "event", of: ({ event }) => path("/events/event", { name: event }), has: ".chart-figure", bar: true, chart: true, in: ["rich"] },
  { name: "sources", of: () => "/sources", has: "table", bar: true },
  { name: "sources by campaign", of: () => path("/sources", { by: "campaign" }), has: "table", bar: true },
  { name: "audience", of: () => "/audience", has: "table", bar: true },
  { name: "attribution", of: () => "/attribution", has: "table", bar: true },
  { name: "people", of: () => "/people", has: "table" },
  { name: "person", of: ({ person }) => path("/people/person", { id: person }), has: ".facts", in: ["rich"] },
  { name: "traffic", of: () => "/traffic", has: ".figures", bar: true, chart: true },
  { name: "routes", of: () => "/traffic/routes", has: "table", bar: true },
  { name: "route", of: ({ route }) => path("/traffic/route", { route, method: "GET" }), has: ".figures", bar: true, chart: true, in: ["rich"] },
  { name: "slow requests", of: () => "/traffic/slow", has: "table", bar: true },
  { name: "errors", of: () => "/traffic/errors", has: "table", bar: true },
  { name: "traffic users", of: () => "/traffic/users", has: "table", bar: true },
  { name: "traffic user", of: ({ user }) => path("/traffic/user", { id: user }), has: "table", bar: true, in: ["rich"] },
  { name: "requests", of: () => "/traffic/requests", has: "table", bar: true },
  { name: "request", of: ({ request }) => path("/traffic/requests/request", { id: request }), has: ".facts", in: ["rich"] },
  { name: "settings general", of: () => "/settings/general", has: "form", setting: true },
  { name: "settings keys", of: () => "/settings/keys", has: "form", setting: true },
  { name: "settings install", of: () => "/settings/install", has: "pre, code", setting: true },
  { name: "settings filters", of: () => "/settings/filters", has: "h1", setting: true },
  { name: "settings goals", of: () => "/settings/goals", has: "form", setting: true },
  { name: "settings sharing", of: () => "/settings/sharing", has: "form", setting: true },
  { name: "settings retention", of: () => "/settings/retention", has: "table", setting: true },
  { name: "settings danger", of: () => "/settings/danger", has: "form", setting: true },
];

/** Screens of the installation and of the account. */
export const OWN_SCREENS = [
  { name: "projects", path: "/", has: "main a" },
  { name: "profile", path: "/account/profile", has: "form" },
  { name: "security", path: "/account/security", has: "form" },
  { name: "tokens", path: "/account/tokens", has: "form" },
  { name: "status", path: "/admin/status", has: ".facts, table" },
  { name: "users", path: "/admin/users", has: "table" },
  { name: "admin projects", path: "/admin/projects", has: "table" },
  { name: "admin proxy", path: "/admin/proxy", has: "main" },
  { name: "admin storage", path: "/admin/storage", has: ".facts, table" },
  { name: "admin backups", path: "/admin/backups", has: ".figures" },
  { name: "admin address", path: "/admin/address", has: "table" },
  { name: "admin config", path: "/admin/config", has: "table" },
  { name: "help", path: "/help", has: "main a" },
  { name: "help topic", path: "/help/tracker", has: "main p" },
  { name: "help chapter", path: "/help/guide-backup", has: "main p" },
];

/** Screens of nobody in particular. */
export const OPEN_SCREENS = [{ name: "login", path: "/login", has: "form" }];

/** Every screen with every kind of project that it is looked at with (`own`: of no project), known before there is a world. */
export const CASES = [
  ...PROJECT_SCREENS.flatMap((screen) => (screen.in ?? ["rich", "sparse", "empty"]).map((kind) => ({ screen, kind }))),
  ...OWN_SCREENS.map((screen) => ({ screen, kind: "own" })),
];

/** The path of a case in a world. */
export const pathOf = (world, { screen, kind }) => (kind === "own" ? screen.path : `/p/${world[kind].id}${screen.of(world[kind])}`);
