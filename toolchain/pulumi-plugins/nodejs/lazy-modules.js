"use strict";
// Loaded before a Pulumi program. `@pulumi/pulumi` loads a compiler and a package manager for turning functions into
// text, which few programs do; on two cores that is half of a program's start. They load here at their first use.

const Module = require("node:module");

const HEAVY = new Set(["typescript", "@npmcli/arborist"]);
const load = Module._load;

Module._load = function (request, parent, isMain) {
  const asker = parent?.filename ?? "";
  if (!HEAVY.has(request) || !asker.includes("/@pulumi/pulumi/"))
    return load.call(this, request, parent, isMain);
  return lazy(() => load.call(this, request, parent, isMain));
};

/** Stands in for a module until one of its members is asked for. */
function lazy(loadNow) {
  let loaded;
  const target = () => (loaded ??= loadNow());
  return new Proxy(
    {},
    {
      // "__esModule" keeps TypeScript's import helper from copying, and so loading, every member.
      get: (_, key) => (key === "__esModule" ? true : target()[key]),
      has: (_, key) => key in target(),
      ownKeys: () => Reflect.ownKeys(target()),
      getOwnPropertyDescriptor: (_, key) => ({
        ...Reflect.getOwnPropertyDescriptor(target(), key),
        configurable: true,
      }),
    },
  );
}
