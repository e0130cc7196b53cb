// Waiting for a condition, with a deadline.

/**
 * Asks `condition` again and again until it returns something truthy, and returns that.
 *
 * A test never waits for an amount of time, only for an observation. Errors thrown by `condition` count as
 * "not yet"; the last one is shown when the deadline passes.
 */
export const until = async (what, condition, { withinMs = 10_000, everyMs = 25 } = {}) => {
  const deadline = Date.now() + withinMs;
  let last = "";
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      if (error.final) throw error;
      last = ` (last error: ${error.message})`;
    }
    if (Date.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};
