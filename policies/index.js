"use strict";
// The engine starts the pack here: `pulumi preview --policy-pack <this folder>`. It waits for the pack before it runs a
// program, so in a clone the pack starts from a bundle.

const { existsSync } = require("node:fs");
const { join } = require("node:path");
const v8 = require("node:v8");

const clone = join(__dirname, "..");

async function library() {
  const fileByFile = () => require("./library.js");
  if (!existsSync(join(__dirname, "library.ts"))) return fileByFile();
  const { loadProgram } = require("../base/bundle.js");
  const { lazyInBundle } = require("../toolchain/pulumi-plugins/nodejs/lazy-modules.js");
  // Pulumi's SDK sets this as it loads, and V8 takes compiled code under the flags alone that it was compiled under.
  v8.setFlagsFromString("--allow-natives-syntax");
  const { exports, used } = await loadProgram("policies/serve.ts", fileByFile, [lazyInBundle]);
  return { ...exports, judged: () => used("preview") };
}

void library().then(({ packOptions, servePack, judged }) =>
  servePack({ ...packOptions(process.env, clone), judged }),
);
