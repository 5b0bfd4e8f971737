#!/usr/bin/env node
// Starts on a bare clone: old syntax and no packages until the packages are there.
"use strict";

const problem = require("./node-version").nodeProblem(process.versions.node);
if (problem) {
  process.stderr.write(`lectern: ${problem}\n`);
  process.exit(1);
}

const { join } = require("node:path");
const root = join(__dirname, "..");

async function start() {
  await require("./packages").ensurePackages(root);
  const { main, used } = process.argv[2] === "bmc" ? await bmcProgram() : program();
  process.exitCode = await main(process.argv);
  if (process.exitCode === 0) used();
}

function program() {
  require("../base/register.js");
  return { main: require("../cli/main.ts").main, used: () => undefined };
}

/** Starts in a moment, as operators ask BMCs often. With LECTERN_DEBUG stacks are to name sources. */
async function bmcProgram() {
  if (process.env.LECTERN_DEBUG) return program();
  const { loadBundle } = require("../base/bundle");
  try {
    // Each verb has code of its own.
    const { exports, used } = await loadBundle("cli/bmc/main.ts", process.argv[3] ?? "");
    return { main: exports.main, used };
  } catch {
    return program();
  }
}

start().catch((error) => {
  process.stderr.write(`lectern: ${process.env.LECTERN_DEBUG ? error.stack : error.message}\n`);
  process.exitCode = error.exitStatus ?? 1;
});
