"use strict";
// Starts a plugin of Pulumi's engine: its program exports `serve`, which gets what to call at the end with what it was
// used for. The engine waits for one after the other, so they start from bundles.

const { Console } = require("node:console");

/** @param {string} entry the program, relative to the clone */
function startPlugin(entry) {
  // The engine reads the port from stdout: nothing else may ever be written there.
  globalThis.console = new Console(process.stderr);
  void load(entry).then(({ exports, used }) => exports.serve(used));
}

/** With LECTERN_DEBUG stacks are to name sources. */
async function load(entry) {
  if (!process.env.LECTERN_DEBUG) {
    const { loadBundle } = require("./bundle.js");
    try {
      return await loadBundle(entry);
    } catch {
      // Loaded file by file it is only slower, and names what is wrong.
    }
  }
  require("./register.js");
  return { exports: require(`../${entry}`), used: () => undefined };
}

module.exports = { startPlugin };
