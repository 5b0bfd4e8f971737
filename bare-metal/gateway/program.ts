import { createHash } from "node:crypto";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { privateFolder, readIfThere, replaceFile } from "../../base/files";

/** A program for a gateway, as a file of this machine. */
export interface GatewayProgram {
  readonly path: string;
  readonly sha256: string;
}

/**
 * The boot service (main.ts) with all packages that it needs as one file for Node.js: the gateway needs neither a clone
 * of Lectern nor npm. The same sources give the same bytes.
 * @param dir Folder that keeps it.
 */
export function gatewayProgram(dir: string): GatewayProgram {
  const { outputFiles } = buildSync({
    absWorkingDir: join(__dirname, "../.."),
    entryPoints: ["bare-metal/gateway/main.ts"],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node20",
    legalComments: "none",
    minifyWhitespace: true,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const path = join(dir, `gateway-${sha256.slice(0, 16)}.js`);
  privateFolder(dir);
  if (readIfThere(path) !== text) replaceFile(path, text, { mode: 0o644 });
  return { path, sha256 };
}
