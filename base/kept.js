"use strict";
// What was made of the sources, kept outside the clone: losing it costs the time to make it again.

const { mkdirSync, renameSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { dirname, join } = require("node:path");

/** As toolchain/cache.ts has it, which is TypeScript. */
const cache =
  process.env.LECTERN_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "lectern");

/**
 * Where a file of a kind is kept.
 * @param {string[]} names
 */
function keptAt(...names) {
  return join(cache, ...names);
}

/**
 * Keeps a file whole or not at all. Without a place to keep it, the next start makes it again.
 * @param {string} file
 * @param {string | Uint8Array | Uint8Array[]} content
 */
function keep(file, content) {
  const whole = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(whole, content, { mode: 0o600 });
    renameSync(whole, file);
  } catch {
    // A read-only home, a full disk.
  }
}

module.exports = { keep, keptAt };
