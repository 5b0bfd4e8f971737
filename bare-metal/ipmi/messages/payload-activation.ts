import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** What a BMC says of a payload that it has activated. */
export interface ActivatedPayload {
  /** Most bytes of a payload to the BMC and from it, heads included. Some BMCs tell numbers that cannot be. */
  readonly inboundSize: number;
  readonly outboundSize: number;
  /** UDP port for the payload's packets. */
  readonly port: number;
}

/** Which instances of a payload type are active. */
export interface PayloadStatus {
  /** Instances that can be active at the same time, 0 to 15. */
  readonly capacity: number;
  /** Active ones, 1 to 16. */
  readonly active: readonly number[];
}

/** Which session has an instance of a payload type. */
export interface PayloadInstance {
  /** The BMC's ID of the session; 0 if the instance is not active. */
  readonly session: number;
}

/** Completion codes of Activate Payload (table 24-2). */
export const ALREADY_ACTIVE = 0x80;
const ACTIVATE = "Activate Payload";
const STATUS = "Get Payload Activation Status";
const INSTANCE = "Get Payload Instance Info";
const ENCRYPTED = 0x80;
const AUTHENTICATED = 0x40;

/**
 * Activate Payload, IPMI 2.0 section 24.1, with encryption and authentication: there is no way to ask for less.
 * Needs the privilege that the payload's configuration asks for.
 */
export function activatePayload(type: number, instance: number): Command<ActivatedPayload> {
  return {
    name: ACTIVATE,
    netFn: NetFn.app,
    code: 0x48,
    data: Buffer.from([type, instance, ENCRYPTED | AUTHENTICATED, 0, 0, 0]),
    completionCodes: {
      [ALREADY_ACTIVE]: "already active on another session",
      0x81: "this payload type is disabled",
      0x82: "as many payloads are active as the BMC can have",
      0x83: "cannot be activated with encryption",
      0x84: "cannot be activated without encryption",
    },
    decode(data) {
      const reader = readerOf(data, ACTIVATE);
      reader.skip(4);
      return { inboundSize: reader.u16(), outboundSize: reader.u16(), port: reader.u16() };
    },
  };
}

/** Deactivate Payload, IPMI 2.0 section 24.2, whichever session has it. */
export function deactivatePayload(type: number, instance: number): Command<void> {
  return {
    name: "Deactivate Payload",
    netFn: NetFn.app,
    code: 0x49,
    data: Buffer.from([type, instance, 0, 0, 0, 0]),
    completionCodes: { 0x80: "not active", 0x81: "this payload type is disabled" },
    decode() {
      // The answer holds a completion code only.
    },
  };
}

/** Get Payload Activation Status, IPMI 2.0 section 24.4. Needs user. */
export function getPayloadStatus(type: number): Command<PayloadStatus> {
  return {
    name: STATUS,
    netFn: NetFn.app,
    code: 0x4a,
    data: Buffer.from([type]),
    decode(data) {
      const reader = readerOf(data, STATUS);
      const capacity = reader.u8() & 0x0f;
      const bits = reader.u16();
      const active = Array.from({ length: 16 }, (_, n) => n + 1).filter((n) => (bits >> (n - 1)) & 1);
      return { capacity, active };
    },
  };
}

/** Get Payload Instance Info, IPMI 2.0 section 24.5. Needs user. @param instance 1 to 15 */
export function getPayloadInstance(type: number, instance: number): Command<PayloadInstance> {
  return {
    name: INSTANCE,
    netFn: NetFn.app,
    code: 0x4b,
    data: Buffer.from([type, instance]),
    decode: (data) => ({ session: readerOf(data, INSTANCE).u32() }),
  };
}
