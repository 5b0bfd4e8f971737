"use strict";
// The engine starts the pack here: `pulumi preview --policy-pack <this folder>`.

const { join } = require("node:path");
const { packOptions, servePack } = require("./library.js");

servePack(packOptions(process.env, join(__dirname, "..")));
