import type { BmcEvent, Health } from "../../bmc/driver";
import type { Timestamp } from "../codec/timestamp";
import { sensorTypeInWords } from "../sensors/sensor-types";
import { stateHealth, stateInWords } from "../sensors/states";
import { eventDataInWords } from "./event-data";
import type { SelRecord, SystemEvent } from "./records";

/** An entry of the event log in words, with the record that it was read from. */
export interface SelEvent extends BmcEvent {
  readonly record: SelRecord;
  readonly timestamp: Timestamp;
}

/** A sensor's name from elsewhere (the SDR repository); undefined for one that is not known there. */
export type SensorName = (event: SystemEvent) => string | undefined;

const NO_TIME: Timestamp = { at: undefined, sinceStart: undefined };

/** @param sensorName default: sensors go by type and number, such as `Temperature #0x30` */
export function eventOf(record: SelRecord, sensorName: SensorName = () => undefined): SelEvent {
  const timestamp = record.kind === "oem" ? NO_TIME : record.timestamp;
  return { id: String(record.id), at: timestamp.at, timestamp, record, ...wordsOf(record, sensorName) };
}

function wordsOf(
  record: SelRecord,
  sensorName: SensorName,
): Pick<BmcEvent, "source" | "description" | "health"> {
  switch (record.kind) {
    case "system": {
      const number = `#0x${record.sensorNumber.toString(16).padStart(2, "0")}`;
      const source = sensorName(record) ?? `${sensorTypeInWords(record.sensorType)} ${number}`;
      return { source, description: describe(record), health: healthOf(record) };
    }
    case "oem-timestamped":
      return oem(`OEM, manufacturer ${record.manufacturerId}`, record.type, record.data);
    case "oem":
      return oem("OEM", record.type, record.data);
    case "other":
      return oem("unknown", record.type, record.data);
  }
}

function oem(source: string, type: number, data: Buffer) {
  const description = `record type 0x${type.toString(16).padStart(2, "0")}, data ${data.toString("hex")}`;
  return { source, description, health: "unknown" } as const;
}

function describe(event: SystemEvent): string {
  const state = stateInWords(event.eventType, event.sensorType, event.data[0] & 0x0f);
  const more = eventDataInWords(event);
  return [`${state} ${event.asserted ? "asserted" : "deasserted"}`, ...more].join(", ");
}

/** The end of a state is no fault, whatever the state was. */
function healthOf(event: SystemEvent): Health {
  return event.asserted ? stateHealth(event.eventType, event.sensorType, event.data[0] & 0x0f) : "ok";
}
