import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

const ROOT = resolve(__dirname, "..");

/**
 * A program with all packages that it needs as one file for the Node.js of another machine, which then needs neither a
 * clone of Lectern nor npm. The same sources give the same bytes.
 * @param entry its file, relative to the clone
 * @param target oldest Node.js that it runs on, such as `node18`
 * @throws {Error} if esbuild fails
 */
export function oneFile(entry: string, target: string): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, entry)],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target,
    charset: "ascii",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
