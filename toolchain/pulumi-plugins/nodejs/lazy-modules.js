"use strict";
// Loaded before a Pulumi program. `@pulumi/pulumi` loads a compiler and a package manager for turning functions into
// text, and a driver of the command line: on two cores that is more than half of a program's start, and few programs
// use any of it. These load here at their first use. Then it asks for stacks that nobody reads, and its properties are
// read and written faster.

const Module = require("node:module");
const { fastStructs } = require("../../../base/fast-structs.js");

/** Asked for by which file, under which name. */
const HEAVY = [
  { asker: "/@pulumi/pulumi/", request: "typescript" },
  { asker: "/@pulumi/pulumi/", request: "@npmcli/arborist" },
  { asker: "/@pulumi/pulumi/", request: "normalize-package-data" },
  { asker: "/@pulumi/pulumi/index.js", request: "./automation" },
];
const STRUCTS = /^google-protobuf\/google\/protobuf\/struct_pb(\.js)?$/;
const stackless = new WeakSet();
const load = Module._load;

Module._load = function (request, parent, isMain) {
  const asker = parent?.filename ?? "";
  // Pulumi asks for the stack of every promise. Node maps stacks to the source by itself, where base/register.js has told it to.
  if (request === "source-map-support/register" && asker.includes("/@pulumi/pulumi/cmd/")) return {};
  if (request.endsWith("/debuggable") && asker.includes("/@pulumi/pulumi/"))
    return withoutStacks(load.call(this, request, parent, isMain));
  if (STRUCTS.test(request) && asker.includes("/@pulumi/")) {
    const structs = load.call(this, request, parent, isMain);
    fastStructs(structs, load.call(this, "google-protobuf", parent, false));
    return structs;
  }
  if (!isHeavy(request, asker)) return load.call(this, request, parent, isMain);
  return lazy(() => load.call(this, request, parent, isMain));
};

/**
 * The SDK's promises without stacks: Node maps each to the source, four for every property of a resource, which is a
 * third of the time of an update of hundreds. They are read when somebody looks for promises that never end, and are kept then.
 */
function withoutStacks(debuggable) {
  const { debuggablePromise: make, debugPromiseLeaks } = debuggable;
  if (debugPromiseLeaks || stackless.has(make)) return debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return make(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  stackless.add(debuggable.debuggablePromise);
  return debuggable;
}

function isHeavy(request, asker) {
  return HEAVY.some((entry) => entry.request === request && asker.includes(entry.asker));
}

/** Stands in for a module until one of its members is asked for. */
function lazy(loadNow) {
  let loaded;
  const target = () => (loaded ??= loadNow());
  // "__esModule" keeps TypeScript's import helper from copying, and so loading, every member; some loaders look
  // for "module.exports" in whatever they load. Neither is a use of the module.
  const marks = { __esModule: true };
  const isMark = (key) => key === "__esModule" || key === "module.exports";
  return new Proxy(marks, {
    get: (_, key) => (isMark(key) ? marks[key] : target()[key]),
    set: (_, key, value) => Reflect.set(isMark(key) ? marks : target(), key, value),
    has: (_, key) => (isMark(key) ? key in marks : key in target()),
    ownKeys: () => [...new Set([...Reflect.ownKeys(target()), ...Reflect.ownKeys(marks)])],
    getOwnPropertyDescriptor(_, key) {
      const found = Reflect.getOwnPropertyDescriptor(isMark(key) ? marks : target(), key);
      return found && { ...found, configurable: true };
    },
  });
}

/** The same for a bundle (base/bundle.js): these stay outside, and load at their first use. */
const lazyInBundle = {
  name: "lazy-modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, importer, namespace, resolveDir }) => {
      if (namespace === NAMESPACE) return { path, external: true };
      if (!isHeavy(path, importer)) return undefined;
      return { path: require.resolve(path, { paths: [resolveDir] }), namespace: NAMESPACE };
    });
    onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(__filename)}).lazy(() => require(${JSON.stringify(path)}));`,
    }));
  },
};
const NAMESPACE = "lazy-modules";

module.exports = { lazy, lazyInBundle };
