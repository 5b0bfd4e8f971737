import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { dependencies } from "../package.json";
import { pins, type ToolPin } from "./pins";
import { isProgram, onPath } from "./platform";
import type { Toolbox } from "./toolbox";

/** The program of a plugin that the operator installed with `pulumi plugin install`, at the pinned version. */
export function officialPlugin(name: string, pin: ToolPin, env: NodeJS.ProcessEnv): string | undefined {
  if (pin.plugin === undefined) return undefined;
  const program = join(pluginFolder(env), `${pin.plugin}-v${pin.version}`, name);
  return isProgram(program) ? program : undefined;
}

/**
 * Official programs in place of the small ones that Lectern brings: from the operator's plugin folder, at the version
 * of our SDK, or from PATH. They belong before ours in PATH, since the engine prefers PATH to its plugin folder.
 * @param own Names of our programs.
 * @param except Folders of ours, whose programs are not official.
 */
export function officialPrograms(
  own: readonly string[],
  env: NodeJS.ProcessEnv,
  except: readonly string[],
): string[] {
  return own.flatMap((name) => {
    const plugin = /^pulumi-(resource-(\w+))$/.exec(name);
    const version = (dependencies as Record<string, string>)[`@pulumi/${plugin?.[2]}`];
    const installed = join(pluginFolder(env), `${plugin?.[1]}-v${version}`, name);
    const found = isProgram(installed) ? installed : onPath(name, env, except)[0];
    return found === undefined ? [] : [found];
  });
}

/**
 * Lays out a PULUMI_HOME in which the engine finds the Kubernetes provider of the toolbox. Idempotent.
 * What else the engine needs it finds in PATH, see `Toolbox.binDirs`.
 * @param pulumiHome Made if it is not there.
 */
export function linkPulumiPlugins(pulumiHome: string, toolbox: Toolbox): void {
  const pin = pins.tools["pulumi-resource-kubernetes"] as ToolPin;
  const provider = join(pulumiHome, "plugins", `${pin.plugin}-v${pin.version}`);
  mkdirSync(provider, { recursive: true, mode: 0o700 });
  link(toolbox.path("pulumi-resource-kubernetes"), join(provider, "pulumi-resource-kubernetes"));
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
