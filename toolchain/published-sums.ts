import { FaultCollector } from "../base/faults";
import type { Pins, ToolPin } from "./pins";
import type { Platform } from "./platform";
import { publishedSum, type Release, releaseFor } from "./vendor";

/** Platforms whose sums are pinned. */
export const PINNED_PLATFORMS: readonly Platform[] = [
  { os: "linux", arch: "amd64" },
  { os: "linux", arch: "arm64" },
];

/** Where a sum was read, for people to compare with another source. */
export interface ReadSum {
  readonly tool: string;
  readonly platform: string;
  readonly sha256: string;
  readonly from: string;
}

/**
 * Reads the vendors' published SHA-256 sums of every release.
 * @returns the pins with the sums filled in, and what was read where
 * @throws {FaultsError} with every sum that cannot be read, and every one that differs from what is pinned already
 */
export async function pinPublishedSums(
  pins: Pins,
  platforms: readonly Platform[] = PINNED_PLATFORMS,
  signal?: AbortSignal,
): Promise<{ readonly pins: Pins; readonly read: readonly ReadSum[] }> {
  const faults = new FaultCollector();
  const read: ReadSum[] = [];
  const pinned = async ([name, pin]: [string, ToolPin]): Promise<[string, ToolPin]> => {
    if (pin.vendor === undefined) return [name, pin];
    const sums: Record<string, string> = {};
    for (const platform of platforms) {
      const key = `${platform.os}-${platform.arch}`;
      const path = `tools.${name}.vendor.sha256.${key}`;
      const release = releaseFor(pin, platform) as Release;
      try {
        const sha256 = await publishedSum(release, signal);
        if (release.sha256 !== undefined && release.sha256 !== sha256) {
          const problem = `${release.sumsUrl} now says ${sha256}`;
          faults.add(path, release.sha256, problem, "ask the vendor why a release changed; trust neither");
        }
        sums[key] = sha256;
        read.push({ tool: name, platform: key, sha256, from: release.sumsUrl });
      } catch (error) {
        signal?.throwIfAborted();
        const problem = error instanceof Error ? error.message : String(error);
        faults.add(path, undefined, problem, "run this where the vendor's site can be reached");
      }
    }
    return [name, { ...pin, vendor: { ...pin.vendor, sha256: sums } }];
  };
  const tools = Object.fromEntries(await Promise.all(Object.entries(pins.tools).map(pinned)));
  faults.throwIfAny("toolchain/pins.json");
  return { pins: { ...pins, tools }, read };
}
