/**
 * Counts checks and prints the last lines of a fault test.
 *
 * A passed check is silent (there are hundreds); a failed one is a line with what was seen.
 */
export class Tally {
  passed = 0;
  failed = 0;

  /** Counts one check; `seen` is printed when it failed. */
  check(name, holds, seen = "") {
    if (holds) {
      this.passed += 1;
    } else {
      this.failed += 1;
      console.log(`FAILED ${name}${seen === "" ? "" : `: ${seen}`}`);
    }
    return holds;
  }

  /** Runs a whole test; an exception is a failed check, and the last line is printed in any case. */
  async run(test) {
    try {
      await test();
    } catch (error) {
      this.check("the test ran to its end", false, error.stack);
    }
    this.#finish();
  }

  /** Prints a measured value in the form that the project's scripts collect. */
  figure(name, value) {
    console.log(`figure: ${name} = ${value}`);
  }

  #finish() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
