"use strict";
// In the published package the rules are one built file; in a clone they are TypeScript.

const { existsSync } = require("node:fs");
const { join } = require("node:path");

const source = join(__dirname, "library.ts");
if (existsSync(source)) require("../base/register.js");
module.exports = require(existsSync(source) ? source : "./dist/library.js");
