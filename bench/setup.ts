import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pins } from "../toolchain/pins";
import { CLONE, lectern, measure } from "./support/room";

const LIMITS = { emptyCacheSeconds: 1200, cachedSeconds: 10 };

/**
 * The set-up of a clone, part by part: npm's packages, then each module graph of the toolchain, from an empty cache,
 * without the vendors' sites and with nothing compiled before; then the toolchain again with the cache. What the
 * registries sent before (Go's modules, npm's archives) stays: what is measured is this machine, not its network.
 * Debian's packages are not part of it.
 */
export async function run(): Promise<Record<string, unknown>> {
  const scratch = mkdtempSync(join(tmpdir(), "lectern-setup-"));
  const clone = join(scratch, "clone");
  const env = {
    ...process.env,
    LECTERN_OFFLINE: "1",
    LECTERN_CACHE: join(scratch, "cache"),
    GOCACHE: join(scratch, "go-build"),
  };
  const seconds = async (...argv: [string, ...string[]]): Promise<number> =>
    (await measure(argv, { env })).wallMs / 1e3;
  try {
    await measure(["git", "clone", "--quiet", CLONE, clone], { env });
    const parts: Record<string, number> = {};
    parts["npm"] = await seconds(process.execPath, join(clone, "bin/lectern.js"), "toolchain", "list");
    for (const build of Object.keys(pins.builds)) {
      parts[build] = await seconds(...lectern("toolchain", "install", build));
    }
    const cachedSeconds = await seconds(...lectern("toolchain", "install"));
    const emptyCacheSeconds = Object.values(parts).reduce((a, b) => a + b);
    return { emptyCacheSeconds, partsSeconds: parts, cachedSeconds, limits: LIMITS };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
