import type { BmcDriver, BmcEvent, BmcUser, InventoryItem } from "../bmc/driver";
import { BMC_ADDRESS } from "./behind";
import { Ipmi } from "./client";
import type { ControllerAddress } from "./codec/controller-path";
import type { Controller } from "./controller";
import { isCompletion } from "./errors";
import type { FruDevice } from "./fru";
import type { IpmiTarget } from "./options";
import { fruKey } from "./fru/items";
import type { SensorName } from "./sel";
import type { SdrRecord } from "./sensors";
import { sensorsOf } from "./sensors/sensor";
import type { IpmiUser } from "./users";

const BUILT_IN: FruDevice = { id: 0, name: "built-in" };
const INVALID_COMMAND = 0xc1;

/**
 * A BMC over IPMI, as everything that works on machines sees it. The first call opens a session, `close` ends it.
 * Privilege `operator` is enough for power, boot override, sensors and event log; users need `administrator`.
 * Its calls throw {@link IpmiError} and nothing else.
 * @throws {IpmiArgumentError} for an option that is out of range
 */
export function ipmiDriver({ host, user, password, ...options }: IpmiTarget): BmcDriver {
  return driverOver(new Ipmi(host, user, password, options));
}

/** The same over a client that is there already; `close` closes it. */
export function driverOver(ipmi: Ipmi): BmcDriver {
  const idOf = async (name: string) => (await ipmi.users.find(name)).id;
  return {
    protocol: "ipmi",
    label: ipmi.label,
    async identity() {
      const { firmware } = await ipmi.deviceId();
      return { systemGuid: await ipmi.systemGuid(), firmware };
    },
    powerStatus: async () => (await ipmi.chassisStatus()).power,
    power: (action) => ipmi.power(action),
    bootOverride: () => ipmi.bootDevice(),
    setBootOverride: ({ device, once, uefi }) => ipmi.setBootDevice(device, { once, uefi }),
    inventory: () => inventoryOf(ipmi),
    sensors: () => ipmi.sensors.list(),
    eventLog: () => eventsOf(ipmi),
    clearEventLog: () => ipmi.eventLog.clear(),
    users: async () => (await ipmi.users.list()).filter(isUser).map(userOf),
    createUser: async (user) => userOf(await ipmi.users.create(user)),
    setPassword: async (name, password) => ipmi.users.setPassword(await idOf(name), password),
    setPrivilege: async (name, privilege, options) =>
      ipmi.users.setPrivilege(await idOf(name), privilege, options),
    setEnabled: async (name, enabled, options) => ipmi.users.setEnabled(await idOf(name), enabled, options),
    deleteUser: async (name, options) => ipmi.users.delete(await idOf(name), options),
    close: () => ipmi.close(),
  };
}

/** A BMC, or a controller behind it, that may have sensors, FRUs and an event log. */
export type Described = Pick<Controller, "eventLog" | "fru" | "sensors">;

/** What parts a BMC knows of, or a controller behind it. @param own where that is. Default: the BMC */
export async function inventoryOf(asked: Described, own = BMC_ADDRESS): Promise<readonly InventoryItem[]> {
  return asked.fru.items(frusIn(await recordsOf(asked), own));
}

/** Its events, with sensors as its records name them. */
export async function eventsOf(asked: Described): Promise<readonly BmcEvent[]> {
  return asked.eventLog.list({ sensorName: namesIn(await recordsOf(asked)) });
}

/** None where there are no SDRs. */
async function recordsOf({ sensors }: Described): Promise<readonly SdrRecord[]> {
  try {
    return await sensors.records();
  } catch (error) {
    if (isCompletion(error, INVALID_COMMAND)) return [];
    throw error;
  }
}

/** The FRUs that FRU commands reach, its own and those of other controllers; the built-in one always among them. */
function frusIn(records: readonly SdrRecord[], own: ControllerAddress): readonly FruDevice[] {
  const devices = new Map([[fruKey(BUILT_IN), BUILT_IN]]);
  for (const record of records) {
    const device = fruIn(record, own);
    if (device) devices.set(fruKey(device), device);
  }
  return [...devices.values()];
}

/** What a record says of a FRU: a locator of one, or a controller that has one. */
function fruIn(record: SdrRecord, own: ControllerAddress): FruDevice | undefined {
  if (record.kind !== "fru-locator" && record.kind !== "controller-locator") return undefined;
  const { address, channel, name } = record;
  const isOwn = address === own.address && (channel === 0 || channel === own.channel);
  const where = isOwn ? {} : { controller: { address, channel } };
  if (record.kind === "fru-locator") {
    return record.logical ? { id: record.device, name, ...where, lun: record.lun } : undefined;
  }
  return !isOwn && record.functions.includes("fru") ? { id: BUILT_IN.id, name, ...where } : undefined;
}

/** Names the sensors of events by their records. */
function namesIn(records: readonly SdrRecord[]): SensorName {
  const eventOnly = records.filter((record) => record.kind === "event-only");
  const named = [...records.flatMap(sensorsOf), ...eventOnly];
  const keyOf = (address: number, lun: number, number: number) => `${address}/${lun}/${number}`;
  const names = new Map(named.map((of) => [keyOf(of.owner.address, of.lun, of.number), of.name]));
  return ({ generator, sensorNumber }) => names.get(keyOf(generator.address, generator.lun, sensorNumber));
}

/** A free place is no user, nor is user 1 unless one can log in without a name. */
function isUser({ name, ipmiMessaging, privilege }: IpmiUser): boolean {
  return name !== "" || (ipmiMessaging && privilege !== "none");
}

function userOf({ id, name, privilege, enabled, ipmiMessaging }: IpmiUser): BmcUser {
  return {
    id: String(id),
    name,
    privilege: privilege === "reserved" ? "none" : privilege,
    enabled: enabled ?? ipmiMessaging,
  };
}
