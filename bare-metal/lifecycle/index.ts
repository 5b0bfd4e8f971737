export type { BmcIdentity, BootRecord, Clock, MachineBackend, MachineBootService, Power } from "./backend";
export type { Goal } from "./decide";
export { type BmcAccess, machineBackend } from "./machine-backend";
export { bootServiceOf } from "./boot-service";
export { compareHardware } from "./hardware";
export {
  LifecycleError,
  type LifecycleOptions,
  type LifecycleOutcome,
  runLifecycle,
  systemClock,
  type Transition,
} from "./run";
export { NEXT_STATES } from "./states";
