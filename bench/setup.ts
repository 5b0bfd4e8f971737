import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lectern, measure } from "./support/room";

const LIMITS = { emptyCacheSeconds: 1200, cachedSeconds: 10 };

/**
 * The toolchain from an empty cache, without the vendors' sites and with nothing compiled before, then again with the
 * cache. Modules that are already downloaded stay: what is measured is this machine, not its network.
 */
export async function run(): Promise<object> {
  const scratch = mkdtempSync(join(tmpdir(), "lectern-setup-"));
  const env = {
    ...process.env,
    LECTERN_OFFLINE: "1",
    LECTERN_CACHE: join(scratch, "cache"),
    GOCACHE: join(scratch, "go-build"),
  };
  try {
    const empty = await measure(lectern("toolchain", "install"), { env });
    const cached = await measure(lectern("toolchain", "install"), { env });
    return { emptyCacheSeconds: empty.wallMs / 1e3, cachedSeconds: cached.wallMs / 1e3, limits: LIMITS };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
