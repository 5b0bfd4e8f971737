export { Fru, type FruReading } from "./fru";
export type { BoardInfo, ChassisInfo, ProductInfo } from "./info-areas";
export type { FruInventory } from "./inventory";
export type { FruDevice } from "./items";
export type { FruRecord } from "./multirecord";
export type {
  CompatibilityRecord,
  ManagementAccessRecord,
  OemFruRecord,
  ReservedFruRecord,
} from "./other-records";
export type { DirectCurrentRecord, PowerSupplyRecord, PredictiveFailure } from "./power-records";
