"use strict";
const { existsSync, readFileSync } = require("node:fs");
const { dirname, join, resolve } = require("node:path");

/** Name and version of what the program's package.json depends on, as installed. */
function directDependencies(programDirectory) {
  const root = packageRoot(programDirectory);
  if (root === undefined) return [];
  return Object.keys(readJson(join(root, "package.json")).dependencies ?? {})
    .map((name) => installed(root, name))
    .filter((found) => found !== undefined);
}

/**
 * The provider plugins of the program's direct dependencies: packages with `pulumi.resource` in their package.json.
 * The SDK names versions again with every resource, so an indirect one is found when it is used.
 */
function pulumiPlugins(programDirectory) {
  return directDependencies(programDirectory)
    .filter((found) => found.pulumi?.resource === true)
    .map(({ name, version, pulumi }) => ({
      name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
      version: `v${String(pulumi.version ?? version).replace(/^v/, "")}`,
      server: pulumi.server ?? "",
    }));
}

function packageRoot(folder) {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

function installed(root, name) {
  for (let at = root; ; at = dirname(at)) {
    const file = join(at, "node_modules", name, "package.json");
    if (existsSync(file)) return readJson(file);
    if (dirname(at) === at) return undefined;
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

module.exports = { directDependencies, pulumiPlugins };
