"use strict";
// Runs a plugin that needs no compiler: a provider or a policy pack whose `runtime` options say `typescript: false`.
// The SDK's own cmd/run-plugin and cmd/run-policy-pack load TypeScript and type-check first, which takes seconds.

const { resolve } = require("node:path");

const [, , program = ".", ...rest] = process.argv;
const folder = resolve(program);

for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  });
}
// A plugin outlives neither the engine nor the language host that started it.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, 1_000).unref();

process.argv = [process.argv[0], folder, ...rest];
const exported = require(`${folder}/`);
if (typeof exported === "function") void exported();
