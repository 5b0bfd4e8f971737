/** What is known about one tool before anything is got. */
export interface ToolFacts {
  /** A program in PATH whose version fits. */
  readonly onPath: boolean;
  readonly cached: boolean;
  /** The vendor publishes it for this platform. */
  readonly released: boolean;
  /** No vendor is asked (LECTERN_OFFLINE=1). */
  readonly offline: boolean;
  /** A Go compiler is there. */
  readonly go: boolean;
}

export type Source = "path" | "cache" | "vendor" | "go";

/**
 * Sources to try for a tool, best first; the first that works is taken. PATH and cache never fail, so nothing
 * follows them. Empty: there is no way to get it here.
 */
export function planSources(facts: ToolFacts): Source[] {
  if (facts.onPath) return ["path"];
  if (facts.cached) return ["cache"];
  const sources: Source[] = [];
  if (facts.released && !facts.offline) sources.push("vendor");
  if (facts.go) sources.push("go");
  return sources;
}
