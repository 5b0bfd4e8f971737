import type { StateTable } from "./states";

/** Event/reading types as numbers (IPMI 2.0 table 42-1). */
export const EventReadingType = { unspecified: 0x00, threshold: 0x01, sensorSpecific: 0x6f } as const;

/** States by event/reading type: words, and how bad they are (IPMI 2.0 table 42-2). The health is this client's. */
export const GENERIC_STATES: Readonly<Record<number, StateTable>> = {
  0x01: [
    ["Lower Non-critical - going low", "warning"],
    ["Lower Non-critical - going high", "warning"],
    ["Lower Critical - going low", "critical"],
    ["Lower Critical - going high", "critical"],
    ["Lower Non-recoverable - going low", "critical"],
    ["Lower Non-recoverable - going high", "critical"],
    ["Upper Non-critical - going low", "warning"],
    ["Upper Non-critical - going high", "warning"],
    ["Upper Critical - going low", "critical"],
    ["Upper Critical - going high", "critical"],
    ["Upper Non-recoverable - going low", "critical"],
    ["Upper Non-recoverable - going high", "critical"],
  ],
  0x02: [
    ["Transition to Idle", "ok"],
    ["Transition to Active", "ok"],
    ["Transition to Busy", "ok"],
  ],
  // What an asserted state means is the vendor's to say: it is no reason for an alarm.
  0x03: [
    ["State Deasserted", "ok"],
    ["State Asserted", "ok"],
  ],
  0x04: [
    ["Predictive Failure deasserted", "ok"],
    ["Predictive Failure asserted", "warning"],
  ],
  0x05: [
    ["Limit Not Exceeded", "ok"],
    ["Limit Exceeded", "critical"],
  ],
  0x06: [
    ["Performance Met", "ok"],
    ["Performance Lags", "warning"],
  ],
  0x07: [
    ["Transition to OK", "ok"],
    ["Transition to Non-critical from OK", "warning"],
    ["Transition to Critical from less severe", "critical"],
    ["Transition to Non-recoverable from less severe", "critical"],
    ["Transition to Non-critical from more severe", "warning"],
    ["Transition to Critical from Non-recoverable", "critical"],
    ["Transition to Non-recoverable", "critical"],
    ["Monitor", "ok"],
    ["Informational", "ok"],
  ],
  0x08: [
    ["Device Absent", "ok"],
    ["Device Present", "ok"],
  ],
  0x09: [
    ["Device Disabled", "ok"],
    ["Device Enabled", "ok"],
  ],
  0x0a: [
    ["Transition to Running", "ok"],
    ["Transition to In Test", "ok"],
    ["Transition to Power Off", "ok"],
    ["Transition to On Line", "ok"],
    ["Transition to Off Line", "warning"],
    ["Transition to Off Duty", "ok"],
    ["Transition to Degraded", "warning"],
    ["Transition to Power Save", "ok"],
    ["Install Error", "critical"],
  ],
  0x0b: [
    ["Fully Redundant", "ok"],
    ["Redundancy Lost", "critical"],
    ["Redundancy Degraded", "warning"],
    ["Non-redundant: Sufficient Resources from Redundant", "warning"],
    ["Non-redundant: Sufficient Resources from Insufficient Resources", "warning"],
    ["Non-redundant: Insufficient Resources", "critical"],
    ["Redundancy Degraded from Fully Redundant", "warning"],
    ["Redundancy Degraded from Non-redundant", "warning"],
  ],
  0x0c: [
    ["D0 Power State", "ok"],
    ["D1 Power State", "ok"],
    ["D2 Power State", "ok"],
    ["D3 Power State", "ok"],
  ],
};
