/** What a sensor or a device belongs to. */
export interface Entity {
  /** 0 to 255, IPMI 2.0 table 43-13. */
  readonly id: number;
  /** 0 to 127; 60h and above count within one management controller. */
  readonly instance: number;
  /** A logical group of such parts, not a part. */
  readonly logical: boolean;
}

const LOGICAL = 0x80;
/** First device-relative instance (section 39.1). */
const DEVICE_RELATIVE = 0x60;

const NAMES: readonly string[] = [
  "unspecified",
  "other",
  "unknown",
  "processor",
  "disk or disk bay",
  "peripheral bay",
  "system management module",
  "system board",
  "memory module",
  "processor module",
  "power supply",
  "add-in card",
  "front panel board",
  "back panel board",
  "power system board",
  "drive backplane",
  "system internal expansion board",
  "other system board",
  "processor board",
  "power unit",
  "power module",
  "power management board",
  "chassis back panel board",
  "system chassis",
  "sub-chassis",
  "other chassis board",
  "disk drive bay",
  "peripheral bay",
  "device bay",
  "fan",
  "cooling unit",
  "cable / interconnect",
  "memory device",
  "system management software",
  "system firmware",
  "operating system",
  "system bus",
  "group",
  "remote management communication device",
  "external environment",
  "battery",
  "processing blade",
  "connectivity switch",
  "processor/memory module",
  "I/O module",
  "processor/I/O module",
  "management controller firmware",
  "IPMI channel",
  "PCI bus",
  "PCI Express bus",
  "SCSI bus",
  "SATA / SAS bus",
  "processor / front-side bus",
  "real time clock",
];

/** Numbers beyond the row; those of DCMI 1.0 mean the same as earlier ones. */
const LATER: Readonly<Record<number, string>> = {
  0x37: "air inlet",
  0x40: "air inlet",
  0x41: "processor",
  0x42: "system board",
};

/** An entity ID in words (IPMI 2.0 table 43-13). @param id 0 to 255 */
export function entityInWords(id: number): string {
  const known = NAMES[id] ?? LATER[id];
  if (known !== undefined) return known;
  const hex = `0x${id.toString(16)}`;
  if (id >= 0x90 && id <= 0xaf) return `chassis-specific entity ${hex}`;
  if (id >= 0xb0 && id <= 0xcf) return `board-set specific entity ${hex}`;
  if (id >= 0xd0) return `OEM entity ${hex}`;
  return `reserved entity ${hex}`;
}

/** Entity and instance, such as `power supply 1`; an instance within one controller counts from 1 there. */
export function entityLabel({ id, instance }: Entity): string {
  const within = instance >= DEVICE_RELATIVE;
  return `${entityInWords(id)} ${within ? `${instance - DEVICE_RELATIVE} of its controller` : instance}`;
}

/** Reads the two bytes that name an entity. */
export function entityOf(id: number, instance: number): Entity {
  return { id, instance: instance & 0x7f, logical: (instance & LOGICAL) !== 0 };
}
