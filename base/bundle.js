"use strict";
// A program and all that it loads as one file, with what V8 compiled of it: a start reads that one file
// and compiles nothing. For programs that a person waits for in tenths of a second; `register.js` loads all others.

const { readFileSync, statSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, resolve } = require("node:path");
const { Script } = require("node:vm");
const { keep, keptAt } = require("./kept");

const root = resolve(__dirname, "..");
/** Changes with every installation of packages. */
const PACKAGES = "node_modules/.package-lock.json";
const NEW_LINE = 0x0a;

/**
 * @typedef {object} Bundle
 * @property {string} maker
 * @property {[file: string, size: number, mtime: number, ctime: number][]} inputs All that it was made of.
 * @property {number} length Bytes of the code, which is ASCII.
 * @property {string[]} uses What the program has been used for since: code for it is compiled.
 */

/**
 * Loads a program out of its bundle, which is made if there is none of the files as they are now.
 * @param {string} entry its file, relative to the clone
 * @param {import("esbuild").Plugin[]} [plugins] how some of what it loads is bundled
 * @returns {Promise<{ exports: object, used: (...uses: string[]) => void }>} `used` is to be called when the program is
 *   done, with what it was used for; whatever it needed for that is kept compiled from then on
 * @throws {Error} if esbuild fails
 */
async function loadBundle(entry, plugins = []) {
  const file = keptAt("bundles", `${entry} of ${root}`.replace(/[^\w.-]/g, "-"));
  const { bundle, code, compiled } = read(file) ?? (await make(entry, plugins));
  const main = join(root, entry);
  const script = new Script(Module.wrap(code.toString("latin1")), { filename: file, cachedData: compiled });
  const module = new Module(main);
  module.filename = main;
  module.paths = Module._nodeModulePaths(dirname(main));
  script.runInThisContext()(module.exports, Module.createRequire(main), module, main, dirname(main));
  const used = (...uses) => {
    const known = compiled !== undefined && !script.cachedDataRejected;
    if (known && uses.every((use) => bundle.uses.includes(use))) return;
    const all = [...new Set([...(known ? bundle.uses : []), ...uses])];
    const head = Buffer.from(`${JSON.stringify({ ...bundle, uses: all })}\n`);
    keep(file, Buffer.concat([head, code, script.createCachedData()]));
  };
  return { exports: module.exports, used };
}

/** What is kept, if it was made of the files as they are now. */
function read(file) {
  try {
    const bytes = readFileSync(file);
    const start = bytes.indexOf(NEW_LINE) + 1;
    /** @type {Bundle} */
    const bundle = JSON.parse(bytes.toString("utf8", 0, start));
    if (bundle.maker !== maker() || !bundle.inputs.every(isUnchanged)) return undefined;
    const end = start + bundle.length;
    return { bundle, code: bytes.subarray(start, end), compiled: bytes.subarray(end) };
  } catch {
    return undefined;
  }
}

function isUnchanged([file, size, mtime, ctime]) {
  const now = statSync(join(root, file));
  return now.size === size && now.mtimeMs === mtime && now.ctimeMs === ctime;
}

async function make(entry, plugins) {
  const { build } = require("esbuild");
  const before = Date.now();
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "cjs",
    platform: "node",
    target: `node${process.versions.node}`,
    charset: "ascii",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
    plugins: [...plugins, ownFolders, asRequired],
  });
  // Packages are known by their lock file; what a plugin made up has a namespace before a colon.
  const files = Object.keys(metafile.inputs).filter((file) => !/^(node_modules\/|[\w-]+:)/.test(file));
  const inputs = [...files, PACKAGES].map((file) => {
    const { size, mtimeMs, ctimeMs } = statSync(join(root, file));
    if (ctimeMs > before) throw new Error(`${file} changed meanwhile`);
    return [file, size, mtimeMs, ctimeMs];
  });
  const code = Buffer.from(outputFiles[0].contents);
  return { bundle: { maker: maker(), inputs, length: code.length, uses: [] }, code, compiled: undefined };
}

/** Every file still knows where it lies. */
const ownFolders = {
  name: "own-folders",
  setup({ onLoad }) {
    onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
      if (path.includes("/node_modules/")) return undefined;
      const source = readFileSync(path, "utf8");
      if (!/\b__dirname\b/.test(source)) return undefined;
      const contents = `const __dirname = ${JSON.stringify(dirname(path))};${source}`;
      return { contents, loader: path.endsWith(".ts") ? "ts" : "js" };
    });
  },
};

/**
 * Packages are those that `require` would load. Each of their files then is a function that is compiled when it is
 * needed; of the other kind V8 keeps something of all functions.
 */
const asRequired = {
  name: "as-required",
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, importer, resolveDir }) => {
      if (kind !== "import-statement") return undefined;
      return find(path, { kind: "require-call", importer, resolveDir });
    });
  },
};

function maker() {
  return `node ${process.versions.node} ${process.arch}, 4`;
}

/**
 * Loads a program out of its bundle where that can be done. With LECTERN_DEBUG, when stacks are to name sources, and where
 * there can be no bundle, it is loaded file by file, which is only slower and names what is wrong.
 * @param {string} entry as {@link loadBundle} takes it
 * @param {() => object} fileByFile loads it, and gives what it exports
 * @param {import("esbuild").Plugin[]} [plugins]
 * @returns {ReturnType<typeof loadBundle>}
 */
async function loadProgram(entry, fileByFile, plugins = []) {
  if (!process.env.LECTERN_DEBUG) {
    try {
      return await loadBundle(entry, plugins);
    } catch {
      // Told by loading the files.
    }
  }
  return { exports: fileByFile(), used: () => undefined };
}

module.exports = { loadBundle, loadProgram };
