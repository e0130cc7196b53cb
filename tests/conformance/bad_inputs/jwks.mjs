// Surface `jwks`: publishers of keys that lie, stall or are not there. Each case is a situation that is built here.
import { SITUATIONS } from "./jwks_situations.mjs";
import { expect } from "./tally.mjs";

/** Runs the cases whose situation this runner can build; the others are counted as skipped. */
export const runJwks = async (cases, tally) => {
  for (const one of cases) {
    const situation = SITUATIONS[one.name];
    if (!situation) {
      tally.skip(1, `situation ${one.name} is not built yet`);
      continue;
    }
    await tally.run(one.name, async () => {
      expect(one.expect === "see-notes", `unknown expectation ${one.expect}`);
      await situation();
    });
  }
};
