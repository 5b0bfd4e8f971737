// Mocha's own report, and the counts in the file that $LECTERN_TEST_COUNTS names.
"use strict";

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Counting extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // Mocha itself would end without the hooks that clean up, and would first wait for what runs just then.
    const interrupt = () => {
      runner.abort();
      const current = runner.currentRunnable;
      if (!current?.callback || current.duration !== undefined || /^"after/.test(current.title)) return;
      current.callback(new Error("interrupted"));
      // What comes of it later counts no more.
      current.timedOut = true;
    };
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, interrupt);
    runner.once("end", () => {
      const file = process.env.LECTERN_TEST_COUNTS;
      const { passes, failures, pending } = this.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};
