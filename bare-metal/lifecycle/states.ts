/** Where a machine stands. The boot service keeps the same words. */
export const MACHINE_STATES = [
  "unknown",
  "off",
  "inspecting",
  "booting",
  "installing",
  "ready",
  "draining",
  "retired",
  "failed",
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

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
