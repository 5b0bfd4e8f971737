import { ensureTools } from "../../toolchain/resolve";
import type { Toolbox } from "../../toolchain/toolbox";

/** Puts the tools of a room, those that are there already, where a control plane of its own looks for them. */
export async function useTools(): Promise<Toolbox> {
  const toolbox = await ensureTools("lab", { offline: true });
  process.env["PATH"] = `${toolbox.searchPath()}:/usr/sbin:/sbin`;
  process.env["LECTERN_KWOK_STAGES"] = toolbox.data("kwok-stages");
  return toolbox;
}
