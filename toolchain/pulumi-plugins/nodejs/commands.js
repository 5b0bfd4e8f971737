"use strict";
const { join, resolve } = require("node:path");
const { createRequire } = require("node:module");

/** Keeps compilers out of a program's start; see lazy-modules.js. */
const LAZY = ["--require", join(__dirname, "lazy-modules.js")];

/**
 * How Pulumi's Node SDK runs a program (flags: @pulumi/pulumi/cmd/run; environment: the official language host,
 * sdk/nodejs/cmd/pulumi-language-nodejs/main.go).
 */
function programCommand(request, engineAddress) {
  const info = request.getInfo();
  const options = runtimeOptions(info);
  const pwd = request.getPwd() || info.getProgramDirectory();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd,
    parallel: String(request.getParallel()),
  };
  const program = info.getEntryPoint() || request.getProgram() || ".";
  return {
    command: process.execPath,
    args: [
      ...LAZY,
      ...options.nodeArguments,
      sdkScript(info, "run"),
      ...Object.entries(flags)
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `--${name}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      program,
      ...request.getArgsList(),
    ],
    cwd: pwd,
    env: {
      ...process.env,
      ...options.environment,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  };
}

/** How a provider or another plugin written for Node is run: PulumiPlugin.yaml with `runtime: nodejs`. */
function pluginCommand(request, engineAddress) {
  const info = request.getInfo();
  const options = runtimeOptions(info);
  const folder = resolve(info.getProgramDirectory(), info.getEntryPoint());
  const script = options.typescript ? sdkScript(info, "run-plugin") : join(__dirname, "run-plain.js");
  return {
    command: process.execPath,
    args: [
      ...LAZY,
      ...options.nodeArguments,
      script,
      folder,
      ...(request.getArgsList().length > 0 ? request.getArgsList() : [engineAddress]),
    ],
    cwd: request.getPwd() || info.getProgramDirectory(),
    env: {
      ...process.env,
      ...Object.fromEntries(request.getEnvList().map((line) => splitOnce(line, "="))),
      ...options.environment,
    },
  };
}

/** Options under `runtime` in Pulumi.yaml: typescript (default true), nodeargs, tsconfig. */
function runtimeOptions(info) {
  const given = info.getOptions()?.toJavaScript() ?? {};
  const typescript = given.typescript !== false;
  return {
    typescript,
    nodeArguments: String(given.nodeargs ?? "")
      .split(/\s+/)
      .filter((argument) => argument !== ""),
    environment: {
      ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
      ...(given.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: String(given.tsconfig) } : {}),
    },
  };
}

/** The program's own copy of the SDK starts it. */
function sdkScript(info, name) {
  const from = createRequire(join(resolve(info.getProgramDirectory()), "package.json"));
  try {
    return from.resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    throw new Error(
      `@pulumi/pulumi is not installed for the program in ${info.getProgramDirectory()}; run npm ci there`,
    );
  }
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

module.exports = { programCommand, pluginCommand };
