import { EventReadingType } from "../sensors/generic-states";
import type { SystemEvent } from "./records";

const FIRMWARE_ERRORS = [
  "unspecified",
  "no system memory installed",
  "no usable system memory",
  "unrecoverable hard disk failure",
  "unrecoverable system board failure",
  "unrecoverable diskette subsystem failure",
  "unrecoverable hard disk controller failure",
  "unrecoverable keyboard failure",
  "removable boot media not found",
  "unrecoverable video controller failure",
  "no video device detected",
  "firmware ROM corruption detected",
  "CPU voltage mismatch",
  "CPU speed matching failure",
];
const FIRMWARE_PROGRESS = [
  "unspecified",
  "memory initialization",
  "hard disk initialization",
  "secondary processor initialization",
  "user authentication",
  "user-initiated system setup",
  "USB resource configuration",
  "PCI resource configuration",
  "option ROM initialization",
  "video initialization",
  "cache initialization",
  "SM Bus initialization",
  "keyboard controller initialization",
  "management controller initialization",
  "docking station attachment",
  "enabling docking station",
  "docking station ejection",
  "disabling docking station",
  "calling operating system wake-up vector",
  "starting operating system boot process",
  "baseboard initialization",
  "reserved",
  "floppy initialization",
  "keyboard test",
  "pointing device test",
  "primary processor initialization",
];
const POWER_SUPPLY_FAULTS = [
  "vendor mismatch",
  "revision mismatch",
  "processor missing",
  "power rating mismatch",
  "voltage rating mismatch",
];
const SLOT_TYPES = [
  "PCI",
  "drive array",
  "external peripheral connector",
  "docking",
  "internal expansion slot",
  "the sensor's own slot",
  "AdvancedTCA",
  "DIMM",
  "fan",
  "PCI Express",
  "SCSI",
  "SATA / SAS",
];
const TIMER_USES = ["reserved", "BIOS FRB2", "BIOS/POST", "OS load", "SMS/OS", "OEM"];
const TIMER_INTERRUPTS = ["none", "SMI", "NMI", "messaging interrupt"];

type Reading = (byte: number, offset: number) => string | undefined;

/** What event data 2 and 3 add by sensor type (IPMI 2.0 table 42-3); those whose meaning is of use to an operator. */
const EXTENSIONS: Readonly<Record<number, { readonly 2?: Reading; readonly 3?: Reading }>> = {
  // Power Supply
  0x08: { 3: (byte, offset) => (offset === 6 ? POWER_SUPPLY_FAULTS[byte & 0x0f] : undefined) },
  // Memory
  0x0c: { 3: (byte) => `module ${byte}` },
  // System Firmware Progress
  0x0f: { 2: (byte, offset) => (offset === 0 ? FIRMWARE_ERRORS : FIRMWARE_PROGRESS)[byte] },
  // Slot / Connector
  0x21: { 2: (byte) => SLOT_TYPES[byte & 0x7f], 3: (byte) => `number ${byte}` },
  // Watchdog 2
  0x23: {
    2: (byte) => {
      const interrupt = TIMER_INTERRUPTS[byte >> 4] ?? "unspecified";
      return `interrupt ${interrupt}, timer use ${TIMER_USES[byte & 0x0f] ?? "unspecified"}`;
    },
  },
};

/**
 * What event data 2 and 3 add to a sensor-specific event.
 * @param holds which of the two hold an extension code, as event data 1 says
 */
export function extensionInWords(event: SystemEvent, holds: { 2: boolean; 3: boolean }): string[] {
  if (event.eventType !== EventReadingType.sensorSpecific) return [];
  const readings = EXTENSIONS[event.sensorType];
  const [first, second, third] = event.data;
  const words = [
    holds[2] ? readings?.[2]?.(second, first & 0x0f) : undefined,
    holds[3] ? readings?.[3]?.(third, first & 0x0f) : undefined,
  ];
  return words.filter((text) => text !== undefined);
}
