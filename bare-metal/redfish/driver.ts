import type { BmcDriver } from "../bmc/driver";
import { readBootOverride, writeBootOverride } from "./boot-override";
import { Redfish } from "./client";
import { clearEventLog, readEventLog } from "./event-log";
import { readIdentity } from "./identity";
import { readInventory } from "./inventory";
import type { RedfishTarget } from "./options";
import { power, powerStatus } from "./power";
import { readSensors } from "./sensors";
import { machineOf } from "./system";
import { createUser, deleteUser, listUsers, setEnabled, setPassword, setPrivilege } from "./users";

/**
 * A BMC over Redfish, as everything that works on machines sees it. The first call opens a session, `close` ends it.
 * Its calls throw {@link RedfishError} and nothing else.
 * @throws {RedfishArgumentError} for an option that is out of range
 */
export function redfishDriver({ host, user, password, ...options }: RedfishTarget): BmcDriver {
  const redfish = new Redfish(host, user, password, options);
  const machine = machineOf(redfish);
  return {
    protocol: "redfish",
    label: redfish.label,
    identity: () => readIdentity(machine),
    powerStatus: () => powerStatus(machine),
    power: (action) => power(machine, action),
    bootOverride: () => readBootOverride(machine),
    setBootOverride: (wanted) => writeBootOverride(machine, wanted),
    inventory: () => readInventory(machine),
    sensors: () => readSensors(machine),
    eventLog: () => readEventLog(machine),
    clearEventLog: () => clearEventLog(machine),
    users: () => listUsers(redfish),
    createUser: (wanted) => createUser(redfish, wanted),
    setPassword: (name, secret) => setPassword(redfish, name, secret),
    setPrivilege: (name, privilege, options) => setPrivilege(redfish, name, privilege, options),
    setEnabled: (name, enabled, options) => setEnabled(redfish, name, enabled, options),
    deleteUser: (name, options) => deleteUser(redfish, name, options),
    close: () => redfish.close(),
  };
}
