import { readFileSync } from "node:fs";
import { join } from "node:path";

const BIN = join(__dirname, "bin");

/** A plugin of this folder, as the engine names it. */
interface PluginName {
  readonly kind: "language" | "analyzer" | "resource";
  readonly name: string;
  /** The npm package whose version it has; programs ask for that version. */
  readonly follows: string;
}

const PLUGINS: readonly PluginName[] = [
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

function installedVersion(packageName: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${packageName}/package.json`), "utf8")) as {
    version: string;
  };
  return manifest.version.replace(/^v/, "");
}
