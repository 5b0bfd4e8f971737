"use strict";
// Builds dist/library.js before the package is packed: the rules with what they use of base/, without their packages.

const { join } = require("node:path");
const { buildSync } = require("esbuild");

buildSync({
  entryPoints: [join(__dirname, "library.ts")],
  outfile: join(__dirname, "dist", "library.js"),
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["@pulumi/policy", "yaml", "zod"],
});
