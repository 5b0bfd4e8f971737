import { silentProgress, type Progress } from "../base/progress";
import { Resolver, type ResolverOptions } from "./resolver";
import type { ToolName } from "./pins";
import { labToolNames, toolNames, usualToolNames } from "./pins";
import type { FoundTool, Toolbox } from "./toolbox";

export { Toolbox, type FoundTool } from "./toolbox";
export { namedTools, toolNames, type DataName, type ToolName } from "./pins";

/** How tools are got. */
export interface EnsureOptions {
  /** Default: silent. */
  readonly progress?: Progress;
  /** Ask no vendor. Default: whether LECTERN_OFFLINE is 1. */
  readonly offline?: boolean;
  /** Stops downloads and builds. */
  readonly signal?: AbortSignal;
}

/**
 * Gets tools and the data that comes with them: from PATH, the cache, the vendor's release or Go modules.
 * @param names Which; `lab` for those of a room, `all` for those of tests and node images too.
 * @throws {Error} naming every tool that could not be got, with each source's reason
 */
export function ensureTools(
  names: readonly ToolName[] | "lab" | "all",
  options: EnsureOptions = {},
): Promise<Toolbox> {
  const chosen = names === "all" ? usualToolNames : names === "lab" ? labToolNames : names;
  return new Resolver(resolverOptions(options)).ensure(chosen);
}

/** Every tool as it is on this machine; gets nothing. */
export function findTools(): Promise<FoundTool[]> {
  return new Resolver(resolverOptions({})).find(toolNames);
}

function resolverOptions({ progress = silentProgress, offline, signal }: EnsureOptions): ResolverOptions {
  return {
    progress,
    offline: offline ?? process.env["LECTERN_OFFLINE"] === "1",
    ...(signal ? { signal } : {}),
  };
}
