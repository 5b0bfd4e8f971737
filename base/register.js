"use strict";
// Loads TypeScript files as they stand, through tsx. To be loaded before anything else: `node --require lectern/register`.
// tsx would also look through every JavaScript file of every package, which makes a start several times as long; all
// of Lectern's own code is TypeScript, so packages are left to Node.

const Module = require("node:module");

const plain = Module._extensions[".js"];
require("tsx/cjs");
Module._extensions[".js"] = plain;
