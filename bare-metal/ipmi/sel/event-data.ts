import { EventReadingType } from "../sensors/generic-states";
import { stateInWords } from "../sensors/states";
import { extensionInWords } from "./event-extensions";
import type { SystemEvent } from "./records";

/** What event data 2 and 3 hold, by the two bits of event data 1 that say so. */
const Content = { unspecified: 0, standard: 1, oem: 2, extension: 3 } as const;

const SEVERITY = 0x07;
const UNSPECIFIED_OFFSET = 0x0f;
const UNSPECIFIED_BYTE = 0xff;

/**
 * What event data 2 and 3 say, each in words (IPMI 2.0 table 29-6): the reading and threshold as the BMC counts
 * them, the previous state, the severity, what the sensor's type adds, or the vendor's bytes in hex.
 */
export function eventDataInWords(event: SystemEvent): string[] {
  const [first, second, third] = event.data;
  const [of2, of3] = [first >> 6, (first >> 4) & 3];
  const words: string[] = [];
  if (event.eventType === EventReadingType.threshold) {
    if (of2 === Content.standard && second !== UNSPECIFIED_BYTE) words.push(`raw reading ${second}`);
    if (of3 === Content.standard && third !== UNSPECIFIED_BYTE) words.push(`raw threshold ${third}`);
  } else if (of2 === Content.standard) {
    words.push(...previousAndSeverity(event, second));
  }
  words.push(...extensionInWords(event, { 2: of2 === Content.extension, 3: of3 === Content.extension }));
  if (of2 === Content.oem) words.push(`OEM data 2 ${hex(second)}`);
  if (of3 === Content.oem) words.push(`OEM data 3 ${hex(third)}`);
  return words;
}

function previousAndSeverity(event: SystemEvent, data: number): string[] {
  const [severity, previous] = [data >> 4, data & 0x0f];
  const words: string[] = [];
  if (severity !== UNSPECIFIED_OFFSET) words.push(`severity ${stateInWords(SEVERITY, 0, severity)}`);
  if (previous !== UNSPECIFIED_OFFSET) {
    words.push(`previously ${stateInWords(event.eventType, event.sensorType, previous)}`);
  }
  return words;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
