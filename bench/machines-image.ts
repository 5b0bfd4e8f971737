import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNodeImage } from "../images/node/build";
import { nodePrograms } from "../toolchain/node-image";

/** Two builds of one node image: seconds of each, bytes of the result, and whether every part is the same. As root. */
export async function run(): Promise<Record<string, unknown>> {
  const kubernetes = await nodePrograms();
  const seconds: number[] = [];
  const parts: string[] = [];
  let bytes = 0;
  for (let build = 0; build < 2; build++) {
    const dir = mkdtempSync(join(tmpdir(), "lectern-bench-image-"));
    try {
      mkdirSync(join(dir, "scratch"));
      const began = Date.now();
      const manifest = await buildNodeImage({
        kubernetes,
        kernel: "cloud",
        out: join(dir, "out"),
        scratch: join(dir, "scratch"),
      });
      seconds.push(Math.round((Date.now() - began) / 1000));
      parts.push(JSON.stringify(manifest.parts));
      bytes = Object.values(manifest.parts).reduce((sum, part) => sum + part.bytes, 0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  return { imageBuildSeconds: seconds, imageBytes: bytes, imageTwiceTheSame: parts[0] === parts[1] };
}
