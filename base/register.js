"use strict";
// Loads TypeScript files as they stand, through tsx. To be loaded before anything else: `node --require lectern/register`.
// tsx would also look through every JavaScript file of every package, and have Node read the source map of each, which
// makes a start several times as long; all of Lectern's own code is TypeScript, so packages are left to Node.

const Module = require("node:module");
const { transpiled } = require("./transpiled");

const plain = Module._extensions[".js"];
Module._extensions[".js"] = withMaps(false, plain);
Module._extensions[".ts"] = withMaps(true, (module, file) => {
  module._compile(
    transpiled(file, () => throughTsx(file)),
    file,
  );
});

// Node tries endings in this order: where a name has both, TypeScript comes before the data that it types.
for (const ending of [".json", ".node"]) {
  const load = Module._extensions[ending];
  delete Module._extensions[ending];
  Module._extensions[ending] = load;
}

/** Whether Node keeps source maps now, and maps stacks by those that it kept. */
let maps = true;
process.setSourceMapsEnabled(maps);
/** tsx's own loader of TypeScript, once something has to be transpiled. */
let tsx;

/** The JavaScript that tsx would have Node run. */
function throughTsx(file) {
  if (!tsx) {
    const { ".js": js, ".ts": ts } = Module._extensions;
    require("tsx/cjs");
    tsx = Module._extensions[".ts"];
    Module._extensions[".js"] = js;
    Module._extensions[".ts"] = ts;
  }
  let made;
  const module = new Module(file);
  module._compile = (code) => (made = code);
  tsx(module, file);
  return made;
}

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
