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
  require("../base/register.js");
  process.exitCode = await require("../cli/main.ts").main(process.argv);
}

start().catch((error) => {
  process.stderr.write(`lectern: ${process.env.LECTERN_DEBUG ? error.stack : error.message}\n`);
  process.exitCode = error.exitStatus ?? 1;
});
