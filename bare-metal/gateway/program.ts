import { createHash } from "node:crypto";
import { join } from "node:path";
import { privateFolder, readIfThere, replaceFile } from "../../base/files";
import { oneFile } from "../../base/one-file";

/** A program for a gateway, as a file of this machine. */
export interface GatewayProgram {
  readonly path: string;
  readonly sha256: string;
}

/**
 * The boot service (main.ts) as one file.
 * @param dir Folder that keeps it.
 */
export function gatewayProgram(dir: string): GatewayProgram {
  const text = oneFile("bare-metal/gateway/main.ts", "node20");
  const sha256 = createHash("sha256").update(text).digest("hex");
  const path = join(dir, `gateway-${sha256.slice(0, 16)}.js`);
  privateFolder(dir);
  if (readIfThere(path) !== text) replaceFile(path, text, { mode: 0o644 });
  return { path, sha256 };
}
