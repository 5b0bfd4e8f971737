import type { Accept, ToolPin } from "./pins";

/** The version in what a program printed, or undefined if there is none. */
export function readVersion(output: string, pattern: string): string | undefined {
  return new RegExp(pattern, "m").exec(output)?.[1];
}

/**
 * Whether a found version may stand in for the pinned one. Never an older one, never a pre-release.
 */
export function versionFits(found: string, pin: Pick<ToolPin, "version" | "accept">): boolean {
  if (found === pin.version) return true;
  const [a, b] = [parse(found), parse(pin.version)];
  if (a === undefined || b === undefined) return false;
  const fixed = FIXED[pin.accept];
  for (let i = 0; i < 3; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x !== y) return i >= fixed && x > y;
  }
  return true;
}

/** How many leading numbers must be equal. */
const FIXED: Record<Accept, number> = { same: 3, patch: 2, minor: 1 };

function parse(version: string): number[] | undefined {
  // Build metadata (after +) says nothing about compatibility; a pre-release (after -) comes before the version.
  const match = /^(\d+)\.(\d+)\.(\d+)(?:\+\S*)?$/.exec(version);
  return match ? match.slice(1, 4).map(Number) : undefined;
}
