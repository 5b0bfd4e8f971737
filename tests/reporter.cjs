// Mocha's own report, and the counts in the file that $LECTERN_TEST_COUNTS names.
"use strict";

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // Mocha itself would end without the hooks that clean up.
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => runner.abort());
    runner.once("end", () => {
      const file = process.env.LECTERN_TEST_COUNTS;
      const { passes, failures, pending } = this.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};
