import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";

const BIN = join(__dirname, "bin");

/** A plugin of this folder, as the engine names it. */
export interface PluginName {
  readonly kind: "language" | "analyzer" | "resource";
  readonly name: string;
  /** The npm package whose version it has; programs ask for that version. */
  readonly follows: string;
}

export const PLUGINS: readonly PluginName[] = [
  { kind: "language", name: "nodejs", follows: "@pulumi/pulumi" },
  { kind: "analyzer", name: "policy", follows: "@pulumi/pulumi" },
  { kind: "resource", name: "pulumi-nodejs", follows: "@pulumi/pulumi" },
  { kind: "resource", name: "command", follows: "@pulumi/command" },
  { kind: "resource", name: "random", follows: "@pulumi/random" },
];

/** Our plugins: the folder that the engine's plugin cache gives each, and the program that it starts. */
export function ownPlugins(): { readonly folder: string; readonly program: string }[] {
  return PLUGINS.map(({ kind, name, follows }) => ({
    folder: `${kind}-${name}-v${installedVersion(follows)}`,
    program: join(BIN, `pulumi-${kind}-${name}`),
  }));
}

/**
 * Makes the plugins of this folder known to the engine, by links in its plugin cache. A plugin that is there already
 * stays: the official one, wherever an operator has installed it, is used.
 * @param pulumiHome The folder that PULUMI_HOME names.
 * @returns the executables that the engine will start, in the order of {@link PLUGINS}
 */
export function linkPlugins(pulumiHome: string): string[] {
  return ownPlugins().map((plugin) => {
    const folder = join(pulumiHome, "plugins", plugin.folder);
    const link = join(folder, basename(plugin.program));
    mkdirSync(folder, { recursive: true });
    if (!existsSync(link)) {
      // A link whose target is gone does not "exist", and yet stands in the way.
      unlinkIfThere(link);
      symlinkSync(plugin.program, link);
    }
    return link;
  });
}

function installedVersion(packageName: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), "utf8")) as {
    version: string;
  };
  return manifest.version.replace(/^v/, "");
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
