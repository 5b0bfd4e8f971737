import type { Reader } from "../codec/reader";
import { type DeviceFunction, deviceFunctions } from "../messages/device-id";
import { type Entity, entityOf } from "./entities";
import { readIdString } from "./id-string";

/** Type 11h, IPMI 2.0 section 43.8: where a description of a part is kept. */
export interface FruLocatorRecord {
  readonly kind: "fru-locator";
  readonly id: number;
  /** Controller to ask, eight bits: 20h is the BMC. */
  readonly address: number;
  /** Of the controller, 0 to 15. */
  readonly channel: number;
  readonly lun: number;
  /** Whether FRU commands reach it; otherwise it is a memory on a bus, at the slave address `device`. */
  readonly logical: boolean;
  /** FRU device ID, 0 to 254, or slave address of eight bits. */
  readonly device: number;
  /** Table 43-12; 10h is a logical FRU device. */
  readonly deviceType: number;
  readonly deviceTypeModifier: number;
  readonly entity: Entity;
  readonly name: string;
}

/** Type 12h, section 43.9: a management controller. */
export interface ControllerLocatorRecord {
  readonly kind: "controller-locator";
  readonly id: number;
  /** Eight bits: 20h is the BMC. */
  readonly address: number;
  readonly channel: number;
  /** Expected to be there at all times. */
  readonly static: boolean;
  readonly functions: readonly DeviceFunction[];
  readonly entity: Entity;
  readonly name: string;
}

/** @throws {DecodeError} */
export function decodeFruLocator(id: number, reader: Reader): FruLocatorRecord {
  const address = reader.u8() & 0xfe;
  const device = reader.u8();
  const access = reader.u8();
  const channel = reader.u8() >> 4;
  reader.skip(1);
  const [deviceType, deviceTypeModifier] = [reader.u8(), reader.u8()];
  const entity = entityOf(reader.u8(), reader.u8());
  reader.skip(1);
  return {
    kind: "fru-locator",
    id,
    address,
    channel,
    lun: (access >> 3) & 3,
    logical: (access & 0x80) !== 0,
    device,
    deviceType,
    deviceTypeModifier,
    entity,
    name: readIdString(reader),
  };
}

/** @throws {DecodeError} */
export function decodeControllerLocator(id: number, reader: Reader): ControllerLocatorRecord {
  const address = reader.u8() & 0xfe;
  const channel = reader.u8() & 0x0f;
  const notification = reader.u8();
  const support = reader.u8();
  reader.skip(3);
  const entity = entityOf(reader.u8(), reader.u8());
  reader.skip(1);
  return {
    kind: "controller-locator",
    id,
    address,
    channel,
    static: (notification & 0x20) !== 0,
    functions: deviceFunctions(support),
    entity,
    name: readIdString(reader),
  };
}
