"use strict";
// The engine starts the pack here; the official host and ours load TypeScript in different ways, and this works with both.
require("../base/register.js");
require("./pack.ts").servePack();
