"use strict";
// Starts a policy pack: `pulumi-analyzer-policy <engine> <pack folder> [-option=value...]`, in the pack's folder; the
// options are those of `runtime` in PulumiPolicy.yaml (sdk/go/common/resource/plugin/analyzer_plugin.go).

const { createRequire } = require("node:module");
const { join, resolve } = require("node:path");
const args = process.argv.slice(2);
const [, folder = "."] = args.filter((argument) => !argument.startsWith("-"));

if (args.includes("-typescript=false")) {
  require("./lazy-modules.js");
  process.argv = [process.argv[0], process.argv[1], folder];
  require("./run-plain.js");
} else {
  const from = createRequire(join(resolve(folder), "package.json"));
  require(from.resolve("@pulumi/pulumi/cmd/run-policy-pack"));
}
