import type { BmcDriver, BmcUser } from "../bmc/driver";
import { Ipmi } from "./client";
import { isCompletion } from "./errors";
import type { FruDevice } from "./fru";
import type { IpmiTarget } from "./options";
import type { SensorName } from "./sel";
import type { SdrRecord } from "./sensors";
import { sensorsOf } from "./sensors/sensor";
import type { IpmiUser } from "./users";

const BMC = 0x20;
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
    inventory: async () => ipmi.fru.items(frusIn(await recordsOf(ipmi))),
    sensors: () => ipmi.sensors.list(),
    eventLog: async () => ipmi.eventLog.list({ sensorName: namesIn(await recordsOf(ipmi)) }),
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

/** None where the BMC has no SDRs. */
async function recordsOf(ipmi: Ipmi): Promise<readonly SdrRecord[]> {
  try {
    return await ipmi.sensors.records();
  } catch (error) {
    if (isCompletion(error, INVALID_COMMAND)) return [];
    throw error;
  }
}

/** The FRUs that commands to the BMC reach; the machine's own one always among them. */
function frusIn(records: readonly SdrRecord[]): readonly FruDevice[] {
  const devices = new Map([[BUILT_IN.id, BUILT_IN]]);
  for (const record of records) {
    if (record.kind !== "fru-locator" || !record.logical || record.address !== BMC) continue;
    devices.set(record.device, { id: record.device, name: record.name });
  }
  return [...devices.values()];
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
