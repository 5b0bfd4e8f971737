"use strict";
// JavaScript that was made of TypeScript, kept outside the clone: a start that finds all it needs there loads no
// transpiler.

const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { keep, keptAt } = require("./kept");

const maker = `esbuild ${require("esbuild/package.json").version}, node ${process.versions.node}, 2`;

/**
 * The JavaScript of a file of TypeScript: what is kept, if that was made of the same text in the same way.
 * @param {string} file its path, by which it is kept
 */
function transpiled(file) {
  const source = readFileSync(file, "utf8");
  const kept = keptAt("transpiled", `${sha256(file)}.js`);
  const mark = `\n// ${sha256(maker, source)}`;
  try {
    const code = readFileSync(kept, "utf8");
    if (code.endsWith(mark)) return code;
  } catch {
    // Not made yet.
  }
  const code = transpile(file, source);
  keep(kept, code + mark);
  return code;
}

function transpile(file, source) {
  const esbuild = require("esbuild");
  return esbuild.transformSync(source, {
    loader: "ts",
    format: "cjs",
    platform: "node",
    target: `node${process.versions.node}`,
    sourcefile: file,
    sourcemap: "inline",
    sourcesContent: false,
  }).code;
}

function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

module.exports = { transpiled };
