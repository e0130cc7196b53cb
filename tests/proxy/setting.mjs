// The proxy under test, in front of an upstream of the test's own.
//
// HEARTH_PROXY_STAND_IN=nginx puts nginx in Hearth's place, =none no proxy at all. That is how these programs are
// themselves checked: what they demand must not be more than a good proxy does. Nothing is recorded then.
import { startHearth } from "../lib/hearth.mjs";
import { freePort } from "../lib/port.mjs";
import { FEATURES } from "./exchanges.mjs";
import { Records } from "./records.mjs";
import { startNginx } from "./stand_in.mjs";

const standIn = process.env.HEARTH_PROXY_STAND_IN;

/** Whether the tests run against something else than Hearth. */
export const isStandIn = standIn !== undefined;

/** Whether there is no proxy at all. */
export const isDirect = standIn === "none";

/** The features of exchanges that the stand-in is known not to have (exchanges.mjs). */
export const standInLacks = () => (isStandIn ? FEATURES : []);

/**
 * Starts the proxy before the port `upstream`: `{port, hearth, records, stop()}`.
 *
 * `settings` as in lib/hearth.mjs; what is recorded is kept unredacted. `hearth` and `records` are undefined for a
 * stand-in, but for `hearth.pid` and what reads memory. `reuse` as in startHearth, for a restart over the same file.
 */
export const startProxy = async ({ upstream, settings = {}, reuse = {} }) => {
  if (isDirect) return { port: upstream, stop: async () => {} };
  if (isStandIn) return startNginx(upstream, settings.PROXY__RESPONSE_TIMEOUT ?? "60s");
  const port = reuse.proxyPort ?? (await freePort());
  const hearth = await startHearth({
    PROXY__LISTEN: `127.0.0.1:${port}`,
    PROXY__UPSTREAM: `http://127.0.0.1:${upstream}`,
    // Everything comes from one address here.
    PROXY__MAX_CONNECTIONS_PER_ADDRESS: "4096",
    TRAFFIC__QUERY: "keep",
    ...settings,
  }, reuse);
  return { port, hearth, records: await Records.of(hearth, reuse), stop: () => hearth.stop() };
};
