"use strict";
// Starts a plugin of Pulumi's engine: its program exports `serve`, which gets what to call at the end with what it was
// used for. The engine waits for one after the other, so they start from bundles.

const { Console } = require("node:console");
const { loadProgram } = require("./bundle.js");

/** @param {string} entry the program, relative to the clone */
function startPlugin(entry) {
  // The engine reads the port from stdout: nothing else may ever be written there.
  globalThis.console = new Console(process.stderr);
  const fileByFile = () => {
    require("./register.js");
    return require(`../${entry}`);
  };
  void loadProgram(entry, fileByFile).then(({ exports, used }) => exports.serve(used));
}

module.exports = { startPlugin };
