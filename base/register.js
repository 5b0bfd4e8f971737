"use strict";
// Loads TypeScript files as they stand. To be loaded before anything else: `node --require lectern/register`.
// Packages are left to Node, and the source maps that they bring unread: both would make a start several times as long.

const Module = require("node:module");
const { transpiled } = require("./transpiled");

/** Whether Node keeps source maps now, and maps stacks by those that it kept. */
let maps = true;
process.setSourceMapsEnabled(maps);

const { ".js": js, ".json": json, ".node": node } = Module._extensions;
delete Module._extensions[".json"];
delete Module._extensions[".node"];
// In the order in which Node looks for `./pins`: the code that reads pins.json before the data.
Object.assign(Module._extensions, {
  ".js": withMaps(false, js),
  ".ts": withMaps(true, (module, file) => module._compile(transpiled(file), file)),
  ".json": json,
  ".node": node,
});

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
