import { join, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(__dirname, "../..");

/** The installer (bare-metal/install) as one file for the node's own Node.js, Debian's 18. */
export async function bundleInstaller(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, "bare-metal/install/main.ts")],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node18",
    charset: "ascii",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
