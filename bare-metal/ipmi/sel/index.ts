export { EventLog } from "./event-log";
export type { SelEvent, SensorName } from "./event";
export type {
  Generator,
  OemRecord,
  OemTimestampedRecord,
  OtherRecord,
  SelRecord,
  SystemEvent,
} from "./records";
