"use strict";
// The engine starts the pack here: `pulumi preview --policy-pack <this folder>`. It waits for the pack before it runs a
// program, so in a clone the pack starts from a bundle.

const { existsSync } = require("node:fs");
const { join } = require("node:path");

/** Milliseconds after which most of what a preview asks for has been used. */
const USED_MS = 1_500;
const clone = join(__dirname, "..");

async function library() {
  if (existsSync(join(__dirname, "library.ts")) && !process.env.LECTERN_DEBUG) {
    const { loadBundle } = require("../base/bundle.js");
    const { lazyInBundle } = require("../toolchain/pulumi-plugins/nodejs/lazy-modules.js");
    try {
      const { exports, used } = await loadBundle("policies/serve.ts", "serve", [lazyInBundle]);
      setTimeout(used, USED_MS).unref();
      return exports;
    } catch {
      // Loaded file by file it is only slower, and names what is wrong.
    }
  }
  return require("./library.js");
}

void library().then(({ packOptions, servePack }) => servePack(packOptions(process.env, clone)));
