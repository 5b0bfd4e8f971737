"use strict";
// Loads TypeScript files as they stand, through tsx. To be loaded before anything else: `node --require lectern/register`.
// tsx would also look through every JavaScript file of every package, and have Node read the source map of each, which
// makes a start several times as long; all of Lectern's own code is TypeScript, so packages are left to Node.

const Module = require("node:module");

const plain = Module._extensions[".js"];
require("tsx/cjs");
Module._extensions[".js"] = withMaps(false, plain);
Module._extensions[".ts"] = withMaps(true, Module._extensions[".ts"]);

/** Whether Node keeps source maps now; tsx has switched it on. */
let maps = true;

/** A loader that has Node keep, or pass over, the source maps of its files. Stacks are mapped by what is kept. */
function withMaps(keep, load) {
  return (module, file) => {
    const before = maps;
    setMaps(keep);
    try {
      load(module, file);
    } finally {
      setMaps(before);
    }
  };
}

function setMaps(keep) {
  if (keep !== maps) process.setSourceMapsEnabled(keep);
  maps = keep;
}
