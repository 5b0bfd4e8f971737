export type {
  BmcIdentity,
  BootImage,
  BootRecord,
  Clock,
  ClusterBackend,
  Drained,
  MachineBackend,
  MachineBootService,
  NodeView,
  Power,
} from "./backend";
export type { Goal } from "./goal";
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
export { diskOfBoot } from "./record-facts";
export { NEXT_STATES } from "./states";
export { foresee } from "./foresee";
export { kubeCluster } from "./kube-cluster";
export { whileThere } from "./while-there";
export { type Turn, Turns } from "./turns";
export { machinesAtOnce, type WaveLimits } from "./wave";
