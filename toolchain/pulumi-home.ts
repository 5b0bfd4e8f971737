import { realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { privateFolder, replaceFile } from "../base/files";
import { shellWord } from "../base/shell";
import { pins, type ToolPin } from "./pins";
import { isProgram } from "./platform";
import { ownPlugins } from "./pulumi-plugins";
import type { Toolbox } from "./toolbox";

/** The program of a plugin that the operator installed with `pulumi plugin install`, at the pinned version. */
export function officialPlugin(name: string, pin: ToolPin, env: NodeJS.ProcessEnv): string | undefined {
  if (pin.plugin === undefined) return undefined;
  const program = join(pluginFolder(env), `${pin.plugin}-v${pin.version}`, name);
  return isProgram(program) ? program : undefined;
}

/** Where the Kubernetes provider of a PULUMI_HOME keeps its temporary files, copies of kubeconfigs among them. */
export function providerScratch(pulumiHome: string): string {
  return join(pulumiHome, "tmp");
}

/**
 * Lays out a PULUMI_HOME in which the engine finds the Kubernetes provider of the toolbox, the language host, the policy
 * analyzer and the small providers. Plugins that the operator installed at the same version come before ours. Idempotent.
 * They stay out of PATH: the engine warns of every plugin that it finds there.
 * @param pulumiHome Made if it is not there.
 */
export function linkPulumiPlugins(pulumiHome: string, toolbox: Toolbox, env = process.env): void {
  linkKubernetesProvider(pulumiHome, toolbox.path("pulumi-resource-kubernetes"));
  linkOwnPlugins(pulumiHome, env);
}

/** The Kubernetes provider alone. It never removes its copies of kubeconfigs, so they get a folder that goes with the home. */
export function linkKubernetesProvider(pulumiHome: string, program: string): void {
  const pin = pins.tools["pulumi-resource-kubernetes"] as ToolPin;
  const dir = join(pulumiHome, "plugins", `${pin.plugin}-v${pin.version}`);
  for (const folder of [dir, providerScratch(pulumiHome)]) privateFolder(folder);
  const script = `#!/bin/sh\nTMPDIR=${shellWord(providerScratch(pulumiHome))} exec ${shellWord(program)} "$@"\n`;
  replaceFile(join(dir, "pulumi-resource-kubernetes"), script, { mode: 0o700 });
}

/** The same without the Kubernetes provider. */
export function linkOwnPlugins(pulumiHome: string, env = process.env): void {
  for (const { folder, program } of ownPlugins()) {
    const installed = join(pluginFolder(env), folder, basename(program));
    linkPlugin(pulumiHome, folder, isProgram(installed) ? installed : program);
  }
}

function linkPlugin(pulumiHome: string, folder: string, program: string): void {
  const dir = join(pulumiHome, "plugins", folder);
  privateFolder(dir);
  link(program, join(dir, basename(program)));
}

function pluginFolder(env: NodeJS.ProcessEnv): string {
  return join(env["HOME"] ?? homedir(), ".pulumi", "plugins");
}

/** Puts a link in place of whatever link is there, so that nobody finds none. */
function link(target: string, at: string): void {
  try {
    if (realpathSync(at) === realpathSync(target)) return;
  } catch {
    // Not there, or dangling.
  }
  const scratch = `${at}.${process.pid}`;
  rmSync(scratch, { force: true });
  symlinkSync(target, scratch);
  renameSync(scratch, at);
}
