import type { SensorReading } from "../bmc/driver";
import type { Redfish } from "./client";
import { members } from "./collection";
import { healthOf, statesOf } from "./health";
import { powerSupplies } from "./inventory";
import { type JsonObject, linkAt, numberAt, objectsAt, textAt } from "./json";
import type { Resource } from "./read";
import { chassisOf, type Machine } from "./system";

/** Units as UCUM codes and older schemas write them, in IPMI's words. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ["Cel", "degrees C"],
  ["{rev}/min", "RPM"],
  ["V", "Volts"],
  ["A", "Amps"],
  ["W", "Watts"],
  ["%", "percent"],
  ["Percent", "percent"],
  ["L/min", "liters per minute"],
  ["kW.h", "kWh"],
  ["J", "Joules"],
]);

/** ReadingType of the Sensor schema, in IPMI's words where those differ. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["Rotational", "Fan"],
  ["AirFlow", "Air flow"],
]);

/** All sensors of the machine's chassis: the Sensors collection where there is one, else Thermal and Power. */
export async function readSensors(machine: Machine): Promise<SensorReading[]> {
  const { redfish } = machine;
  const chassis = await chassisOf(redfish, await machine.system());
  const readings = await Promise.all(chassis.map((one) => chassisSensors(redfish, one)));
  return readings.flat();
}

async function chassisSensors(redfish: Redfish, chassis: Resource): Promise<SensorReading[]> {
  const supplies = (await powerSupplies(redfish, chassis)).map(({ body }) => reading(body, "Power Supply"));
  const sensors = await members(redfish, linkAt(chassis.body, "Sensors"));
  if (sensors.length > 0) return [...sensors.map(({ body }) => sensorReading(body)), ...supplies];
  const [thermal, power] = await Promise.all([
    redfish.getIfThere(linkAt(chassis.body, "Thermal")),
    redfish.getIfThere(linkAt(chassis.body, "Power")),
  ]);
  const older = (body: JsonObject | undefined, list: string, type: string, property: string, unit: string) =>
    objectsAt(body, list).map((item) => reading(item, type, numberAt(item, property), unit));
  return [
    ...older(thermal?.body, "Temperatures", "Temperature", "ReadingCelsius", "degrees C"),
    ...objectsAt(thermal?.body, "Fans").map(fanReading),
    ...older(power?.body, "Voltages", "Voltage", "ReadingVolts", "Volts"),
    ...older(power?.body, "PowerControl", "Power", "PowerConsumedWatts", "Watts"),
    ...supplies,
  ];
}

function sensorReading(body: JsonObject): SensorReading {
  const type = textAt(body, "ReadingType") ?? "Other";
  return reading(
    body,
    TYPES.get(type) ?? type,
    numberAt(body, "Reading"),
    unitOf(textAt(body, "ReadingUnits")),
  );
}

function fanReading(body: JsonObject): SensorReading {
  // Reading is ReadingRPM in the oldest schema.
  const value = numberAt(body, "Reading") ?? numberAt(body, "ReadingRPM");
  return reading(body, "Fan", value, unitOf(textAt(body, "ReadingUnits") ?? "RPM"));
}

function reading(body: JsonObject, type: string, value?: number, unit?: string): SensorReading {
  return {
    name: textAt(body, "Name") ?? textAt(body, "FanName") ?? textAt(body, "MemberId") ?? type,
    type,
    value,
    unit: value === undefined ? undefined : unit,
    health: healthOf(textAt(body, "Status", "Health")),
    states: statesOf(body),
  };
}

function unitOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (UNITS.get(text) ?? text);
}
