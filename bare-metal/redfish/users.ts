import type { BmcPrivilege, BmcUser, Forced } from "../bmc/driver";
import type { Redfish } from "./client";
import { members } from "./collection";
import { RedfishArgumentError, RedfishReadBackError, RedfishUnsupportedError } from "./errors";
import { booleanAt, linkAt, textAt } from "./json";
import type { Resource } from "./read";
import { idOf } from "./system";

/** The predefined roles (DSP0266, "Roles"). */
const ROLES: Readonly<Record<BmcPrivilege, string>> = {
  user: "ReadOnly",
  operator: "Operator",
  administrator: "Administrator",
};
const PRIVILEGES: ReadonlyMap<string, BmcUser["privilege"]> = new Map([
  ...Object.entries(ROLES).map(([privilege, role]) => [role, privilege as BmcPrivilege] as const),
  ["NoAccess", "none"],
  ["None", "none"],
]);

/** An account as the BMC holds it. One without a name is a free slot. */
interface Account {
  readonly resource: Resource;
  readonly user: BmcUser;
}

/** Accounts that have a name. */
export async function listUsers(redfish: Redfish): Promise<BmcUser[]> {
  const { accounts } = await readAccounts(redfish, "list users");
  return accounts.map(({ user }) => user).filter(({ name }) => name !== "");
}

/**
 * Creates an account, or takes a free slot where the BMC has a fixed number of them.
 * @returns what was read back
 */
export async function createUser(
  redfish: Redfish,
  { name, password, privilege }: { name: string; password: string; privilege: BmcPrivilege },
): Promise<BmcUser> {
  const command = `create user ${name}`;
  const { link, accounts } = await readAccounts(redfish, command);
  if (name === "" || accounts.some(({ user }) => user.name === name)) {
    const fix = "another name, or set the password and privilege of the one that is there";
    throw new RedfishArgumentError(redfish.label, command, "a user of that name is there", fix);
  }
  const account = { UserName: name, Password: password, RoleId: roleOf(redfish, privilege), Enabled: true };
  try {
    await redfish.post(link, account);
  } catch (error) {
    if (!(error instanceof RedfishUnsupportedError)) throw error;
    await redfish.patch(freeSlot(redfish, command, accounts), () => account);
  }
  return readBack(redfish, command, name, (user) => user.privilege === privilege && user.enabled);
}

/** The client itself goes on with the new password if it is its own user's. */
export async function setPassword(redfish: Redfish, name: string, password: string): Promise<void> {
  const { account } = await readAccount(redfish, name, `set the password of ${name}`);
  await redfish.patch(account.resource, () => ({ Password: password }));
  if (name === redfish.user) redfish.usePassword(password);
}

export async function setPrivilege(
  redfish: Redfish,
  name: string,
  privilege: BmcPrivilege,
  { force = false }: Forced = {},
): Promise<void> {
  const command = `set the privilege of ${name}`;
  const { account, accounts } = await readAccount(redfish, name, command);
  if (privilege !== "administrator" && !force) keepOneAdministrator(redfish, command, account, accounts);
  const role = roleOf(redfish, privilege);
  await redfish.patch(account.resource, () => ({ RoleId: role }));
  await readBack(redfish, command, name, (user) => user.privilege === privilege);
}

export async function setEnabled(
  redfish: Redfish,
  name: string,
  enabled: boolean,
  { force = false }: Forced = {},
): Promise<void> {
  const command = `${enabled ? "enable" : "disable"} user ${name}`;
  const { account, accounts } = await readAccount(redfish, name, command);
  if (!enabled && !force) keepOneAdministrator(redfish, command, account, accounts);
  await redfish.patch(account.resource, () => ({ Enabled: enabled }));
  await readBack(redfish, command, name, (user) => user.enabled === enabled);
}

/** Deletes the account, or empties its slot. */
export async function deleteUser(
  redfish: Redfish,
  name: string,
  { force = false }: Forced = {},
): Promise<void> {
  const command = `delete user ${name}`;
  const { account, accounts } = await readAccount(redfish, name, command);
  if (!force) keepOneAdministrator(redfish, command, account, accounts);
  try {
    await redfish.delete(account.resource.path);
  } catch (error) {
    if (!(error instanceof RedfishUnsupportedError)) throw error;
    await redfish.patch(account.resource, () => ({ Enabled: false, UserName: "" }));
  }
  const left = await listUsers(redfish);
  if (left.some((user) => user.name === name)) throw notSo(redfish, command, "it is still there");
}

async function readAccounts(
  redfish: Redfish,
  command: string,
): Promise<{ link: string; accounts: Account[] }> {
  const { body } = await redfish.root();
  const service = await redfish.getIfThere(linkAt(body, "AccountService"));
  const link = linkAt(service?.body, "Accounts");
  if (link === undefined) {
    const fix = "whether its users are managed elsewhere";
    throw new RedfishUnsupportedError(redfish.label, command, "it serves no accounts", fix);
  }
  const accounts = (await members(redfish, link)).map((resource) => ({ resource, user: userOf(resource) }));
  return { link, accounts };
}

async function readAccount(redfish: Redfish, name: string, command: string) {
  const { accounts } = await readAccounts(redfish, command);
  const account = accounts.find(({ user }) => name !== "" && user.name === name);
  if (account !== undefined) return { account, accounts };
  const names = accounts.map(({ user }) => user.name).filter(Boolean);
  throw new RedfishArgumentError(redfish.label, command, "no such user", `one of: ${names.join(", ")}`);
}

function userOf({ path, body }: Resource): BmcUser {
  const role = textAt(body, "RoleId") ?? idOf(linkAt(body, "Links", "Role") ?? "");
  return {
    id: textAt(body, "Id") ?? idOf(path),
    name: textAt(body, "UserName") ?? "",
    privilege: PRIVILEGES.get(role) ?? "oem",
    enabled: booleanAt(body, "Enabled") ?? true,
  };
}

function roleOf(redfish: Redfish, privilege: BmcPrivilege): string {
  if (Object.hasOwn(ROLES, privilege)) return ROLES[privilege];
  const fix = `one of ${Object.keys(ROLES).join(", ")}`;
  throw new RedfishArgumentError(redfish.label, "users", `no privilege ${String(privilege)}`, fix);
}

/** The first slot is the anonymous user's on BMCs that number them as IPMI does. */
function freeSlot(redfish: Redfish, command: string, accounts: readonly Account[]): Resource {
  const free = accounts.find(({ user }) => user.name === "" && !user.enabled && user.id !== "1");
  if (free !== undefined) return free.resource;
  const fix = "which user is no longer needed, and delete it";
  throw new RedfishUnsupportedError(
    redfish.label,
    command,
    "it takes no new users and has no free slot",
    fix,
  );
}

/** Nobody could undo it from afar. */
function keepOneAdministrator(
  redfish: Redfish,
  command: string,
  account: Account,
  all: readonly Account[],
): void {
  const rules = ({ user }: Account) => user.name !== "" && user.enabled && user.privilege === "administrator";
  if (!rules(account) || all.some((other) => other !== account && rules(other))) return;
  const problem = "it is the last administrator that is enabled";
  throw new RedfishArgumentError(
    redfish.label,
    command,
    problem,
    "that another administrator is there first, or use force",
  );
}

async function readBack(
  redfish: Redfish,
  command: string,
  name: string,
  holds: (user: BmcUser) => boolean,
): Promise<BmcUser> {
  const user = (await listUsers(redfish)).find((other) => other.name === name);
  if (user !== undefined && holds(user)) return user;
  throw notSo(
    redfish,
    command,
    user === undefined ? "it is not there" : `it is ${user.privilege}, ${enabledWord(user)}`,
  );
}

function enabledWord({ enabled }: BmcUser): string {
  return enabled ? "enabled" : "disabled";
}

function notSo(redfish: Redfish, command: string, problem: string): RedfishReadBackError {
  const fix = "what the BMC asks of names, passwords and roles";
  return new RedfishReadBackError(redfish.label, command, `read back: ${problem}`, fix);
}
