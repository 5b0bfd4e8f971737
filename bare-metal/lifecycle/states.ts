import type { MachineState } from "../boot/record";

/** Which states may follow which. The diagram in README.md shows the same. */
export const NEXT_STATES: Readonly<Record<MachineState, readonly MachineState[]>> = {
  unknown: ["discovered", "inspecting", "failed"],
  discovered: ["inspecting", "failed"],
  inspecting: ["off", "booting", "wiping", "installing", "joining", "ready", "draining", "failed"],
  off: ["booting", "retired", "failed"],
  booting: ["wiping", "installing", "joining", "ready", "off", "failed"],
  wiping: ["installing", "off", "failed"],
  installing: ["booting", "joining", "ready", "off", "failed"],
  joining: ["ready", "off", "failed"],
  ready: ["off", "draining", "failed"],
  draining: ["off", "failed"],
  retired: ["inspecting"],
  failed: ["inspecting"],
};
