#!/usr/bin/env node
// Starts on a bare clone: old syntax and no packages until the packages are there.
"use strict";

const problem = require("./node-version").nodeProblem(process.versions.node);
if (problem) {
  process.stderr.write(`lectern: ${problem}\n`);
  process.exit(1);
}

/** Bytes of bytecode that a function runs through before V8 optimizes it: 32 times as many as by default. */
const OPTIMIZE_AFTER = 2 ** 21;

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

/** Starts in a moment, as operators ask BMCs often. */
async function bmcProgram() {
  const { loadProgram } = require("../base/bundle");
  // What V8 optimizes beside a program of half a second comes too late for it, and takes the other processors from
  // those who answer. Only what runs for longer than that is worth it.
  require("node:v8").setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER}`);
  const { exports, used } = await loadProgram("cli/bmc/main.ts", program);
  // Each verb has code of its own.
  return { main: exports.main, used: () => used(process.argv[3] ?? "") };
}

start().catch((error) => {
  process.stderr.write(`lectern: ${process.env.LECTERN_DEBUG ? error.stack : error.message}\n`);
  process.exitCode = error.exitStatus ?? 1;
});
