import type { BmcDriver, BmcPrivilege, BmcUser, Forced } from "../../../bare-metal/bmc/driver";
import type { Verb } from "../verb";

const LIST_HEAD = ["ID", "NAME", "PRIVILEGE", "ENABLED"];

const rowOf = ({ id, name, privilege, enabled }: BmcUser) => [id, name, privilege, enabled ? "yes" : "no"];

export const users: Verb<readonly BmcUser[]> = {
  name: "users list",
  privilege: "operator",
  head: LIST_HEAD,
  rows: (list) => list.map(rowOf),
  driver: (bmc) => bmc.users(),
};

/** @param password secret */
export function userAdd(name: string, privilege: BmcPrivilege, password: string): Verb<BmcUser> {
  return {
    name: "users add",
    privilege: "administrator",
    head: LIST_HEAD,
    rows: (user) => [rowOf(user)],
    driver: (bmc) => bmc.createUser({ name, password, privilege }),
  };
}

export function userDelete(name: string, options: Forced): Verb<UserChange> {
  return {
    ...change("users delete", name, "deleted", (bmc) => bmc.deleteUser(name, options)),
    question: (hosts) => questionOf(`Delete user ${name}`, hosts, options),
  };
}

/** @param password secret */
export function userPassword(name: string, password: string): Verb<UserChange> {
  return change("users password", name, "new password", (bmc) => bmc.setPassword(name, password));
}

export function userPrivilege(name: string, privilege: BmcPrivilege, options: Forced): Verb<UserChange> {
  return {
    ...change("users privilege", name, privilege, (bmc) => bmc.setPrivilege(name, privilege, options)),
    ...(options.force && {
      question: (hosts: number) => questionOf(`Make user ${name} ${privilege}`, hosts, options),
    }),
  };
}

export function userEnable(name: string): Verb<UserChange> {
  return change("users enable", name, "enabled", (bmc) => bmc.setEnabled(name, true));
}

export function userDisable(name: string, options: Forced): Verb<UserChange> {
  return {
    ...change("users disable", name, "disabled", (bmc) => bmc.setEnabled(name, false, options)),
    ...(options.force && { question: (hosts: number) => questionOf(`Disable user ${name}`, hosts, options) }),
  };
}

function questionOf(what: string, hosts: number, { force }: Forced): string {
  const where = hosts === 1 ? "1 BMC" : `${hosts} BMCs`;
  return `${what} on ${where}${force ? ", even as the last administrator" : ""}`;
}

interface UserChange {
  readonly user: string;
  readonly change: string;
}

function change(
  verb: string,
  user: string,
  done: string,
  work: (bmc: BmcDriver) => Promise<void>,
): Verb<UserChange> & { driver(bmc: BmcDriver): Promise<UserChange> } {
  return {
    name: verb,
    privilege: "administrator",
    head: ["USER", "CHANGE"],
    rows: (changed) => [[changed.user, changed.change]],
    driver: async (bmc) => {
      await work(bmc);
      return { user, change: done };
    },
  };
}
