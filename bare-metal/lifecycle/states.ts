import type { MachineState } from "../boot/record";

/** Which states may follow which. The diagram in README.md shows the same. */
export const NEXT_STATES: Readonly<Record<MachineState, readonly MachineState[]>> = {
  unknown: ["inspecting", "failed"],
  inspecting: ["off", "booting", "installing", "ready", "draining", "failed"],
  off: ["booting", "retired", "failed"],
  booting: ["installing", "ready", "failed"],
  installing: ["ready", "failed"],
  ready: ["off", "draining", "failed"],
  draining: ["off", "failed"],
  retired: [],
  failed: [],
};
