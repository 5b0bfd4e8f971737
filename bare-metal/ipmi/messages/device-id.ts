import { readerOf } from "../codec/reader";
import { type Command, NetFn, noData } from "./command";

/** What a BMC says it is. */
export interface DeviceId {
  /** 0 to 255; 0 is unspecified. */
  readonly deviceId: number;
  /** 0 to 15. */
  readonly deviceRevision: number;
  readonly providesSdrs: boolean;
  /** False while firmware or SDRs are being updated. */
  readonly available: boolean;
  /** `major.minor`, the minor part two digits, such as `9.08`. */
  readonly firmware: string;
  /** `2.0` and the like. */
  readonly ipmiVersion: string;
  /** The functions that the device supports. */
  readonly supports: readonly DeviceFunction[];
  /** IANA private enterprise number, 20 bits. */
  readonly manufacturerId: number;
  readonly productId: number;
  /** Four bytes as hex digits, undefined if the BMC sends none. */
  readonly auxiliaryFirmware: string | undefined;
}

const FUNCTIONS = [
  "sensor",
  "sdr",
  "sel",
  "fru",
  "event-receiver",
  "event-generator",
  "bridge",
  "chassis",
] as const;
export type DeviceFunction = (typeof FUNCTIONS)[number];

/** The functions in a byte of device support, as Get Device ID and SDRs of controllers have it. */
export function deviceFunctions(support: number): readonly DeviceFunction[] {
  return FUNCTIONS.filter((_, n) => ((support >> n) & 1) === 1);
}

/** Get Device ID, IPMI 2.0 section 20.1. Needs user. */
export const getDeviceId: Command<DeviceId> = {
  name: "Get Device ID",
  netFn: NetFn.app,
  code: 0x01,
  data: noData,
  decode(data) {
    const reader = readerOf(data, "Get Device ID");
    const deviceId = reader.u8();
    const revision = reader.u8();
    const major = reader.u8();
    const minor = reader.u8();
    const version = reader.u8();
    const support = reader.u8();
    const manufacturerId = reader.u24() & 0xfffff;
    const productId = reader.u16();
    return {
      deviceId,
      deviceRevision: revision & 0x0f,
      providesSdrs: (revision & 0x80) !== 0,
      available: (major & 0x80) === 0,
      firmware: `${major & 0x7f}.${minor.toString(16).padStart(2, "0")}`,
      ipmiVersion: `${(version & 0x0f).toString(16)}.${(version >> 4).toString(16)}`,
      supports: deviceFunctions(support),
      manufacturerId,
      productId,
      auxiliaryFirmware: reader.left >= 4 ? reader.copy(4).toString("hex") : undefined,
    };
  },
};
