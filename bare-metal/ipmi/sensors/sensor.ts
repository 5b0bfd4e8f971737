import { type Conversion } from "./conversion";
import type { Entity } from "./entities";
import { EventReadingType } from "./generic-states";
import type { SdrRecord } from "./record";
import type { FullSensorRecord, SensorOwner } from "./sensor-record";
import { sensorTypeInWords } from "./sensor-types";
import { sharedName, type Sharing } from "./sharing";
import { type Threshold, thresholdsOf } from "./thresholds";
import { unitsInWords } from "./units";

/** A sensor that can be read, as its record describes it. */
export interface Sensor {
  readonly name: string;
  readonly owner: SensorOwner;
  readonly lun: number;
  /** 0 to 254; one of its owner's logical unit. */
  readonly number: number;
  readonly entity: Entity;
  /** Number of the sensor type; `type` has it in words. */
  readonly typeNumber: number;
  readonly type: string;
  readonly eventReadingType: number;
  /** Undefined for a sensor that has states only. */
  readonly conversion: Conversion | undefined;
  /** Of its values; undefined where the record names none. */
  readonly unit: string | undefined;
  /** Which thresholds can be read and set. */
  readonly readable: readonly Threshold[];
  readonly settable: readonly Threshold[];
}

/** FFh is no sensor. */
const MOST_SENSORS = 0xff;
const ALONE: Sharing = { count: 1, modifier: "numeric", offset: 0, instances: false };

/** The readable sensors of a record: none for most kinds, several where they share it. */
export function sensorsOf(record: SdrRecord): readonly Sensor[] {
  if (record.kind !== "full-sensor" && record.kind !== "compact-sensor") return [];
  const sharing = record.kind === "compact-sensor" ? record.sharing : ALONE;
  const threshold = record.eventReadingType === EventReadingType.threshold;
  const { entity } = record;
  const count = Math.min(sharing.count, MOST_SENSORS - record.number);
  return Array.from({ length: count }, (_, n) => ({
    name: sharedName(record.name, sharing, n).trimEnd(),
    owner: record.owner,
    lun: record.lun,
    number: record.number + n,
    entity: sharing.instances ? { ...entity, instance: entity.instance + n } : entity,
    typeNumber: record.type,
    type: sensorTypeInWords(record.type),
    eventReadingType: record.eventReadingType,
    conversion: record.kind === "full-sensor" ? numbersOf(record) : undefined,
    unit: unitsInWords(record.units),
    readable: threshold ? thresholdsOf(record.readingMask) : [],
    settable: threshold && record.thresholdAccess === "settable" ? thresholdsOf(record.readingMask >> 8) : [],
  }));
}

/** A sensor with states has numbers too where its record says in what unit: some vendors make them so. */
function numbersOf({ conversion, eventReadingType, units }: FullSensorRecord): Conversion | undefined {
  const threshold = eventReadingType === EventReadingType.threshold;
  return threshold || units.base !== 0 || units.percentage ? conversion : undefined;
}
