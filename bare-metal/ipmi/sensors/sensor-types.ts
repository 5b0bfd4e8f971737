/** Sensor types by number (IPMI 2.0 table 42-3). */
const SENSOR_TYPES: readonly string[] = [
  "reserved",
  "Temperature",
  "Voltage",
  "Current",
  "Fan",
  "Physical Security",
  "Platform Security Violation Attempt",
  "Processor",
  "Power Supply",
  "Power Unit",
  "Cooling Device",
  "Other Units-based Sensor",
  "Memory",
  "Drive Slot",
  "POST Memory Resize",
  "System Firmware Progress",
  "Event Logging Disabled",
  "Watchdog 1",
  "System Event",
  "Critical Interrupt",
  "Button / Switch",
  "Module / Board",
  "Microcontroller / Coprocessor",
  "Add-in Card",
  "Chassis",
  "Chip Set",
  "Other FRU",
  "Cable / Interconnect",
  "Terminator",
  "System Boot Initiated",
  "Boot Error",
  "OS Boot",
  "OS Critical Stop",
  "Slot / Connector",
  "System ACPI Power State",
  "Watchdog 2",
  "Platform Alert",
  "Entity Presence",
  "Monitor ASIC / IC",
  "LAN",
  "Management Subsystem Health",
  "Battery",
  "Session Audit",
  "Version Change",
  "FRU State",
];

const FIRST_OEM = 0xc0;

/** What a sensor measures or watches, in words. @param type 0 to 255 */
export function sensorTypeInWords(type: number): string {
  if (type >= FIRST_OEM) return `OEM sensor type 0x${type.toString(16)}`;
  return SENSOR_TYPES[type] ?? `reserved sensor type 0x${type.toString(16).padStart(2, "0")}`;
}
