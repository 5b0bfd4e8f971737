import type { Forced } from "../../bmc/driver";
import {
  IpmiArgumentError,
  IpmiFullError,
  IpmiNotFoundError,
  IpmiReadBackError,
  IpmiUnsafeError,
  isCompletion,
} from "../errors";
import type { PrivilegeName } from "../messages/privilege-levels";
import type { CommandRunner } from "../messages/runner";
import { getUserAccess, setUserAccess } from "../messages/user-access";
import { getUserName, setUserName } from "../messages/user-name";
import { setUserEnabled } from "../messages/user-password";
import {
  getUserPayloadAccess,
  setUserPayloadAccess,
  type UserPayloadAccess,
} from "../messages/user-payload-access";
import { checkPassword, holdsPassword, writePassword } from "./password";
import { type IpmiUser, isAdministrator, isFree } from "./user";

/** What a new user is made of. */
export interface NewUser {
  /** 1 to 16 bytes. */
  readonly name: string;
  /** 1 to 20 bytes; of more than 16, IPMI 1.5 cannot make use. */
  readonly password: string;
  readonly privilege: PrivilegeName;
}

const THIS_CHANNEL = 0x0e;
const INVALID_DATA = 0xcc;
const NOT_PRESENT = 0xcb;

/** The users of a BMC, on the channel that is asked over. Needs operator to read, administrator to change. */
export class Users {
  constructor(private readonly bmc: CommandRunner) {}

  /** All places, free ones too, by ID. */
  async list(): Promise<readonly IpmiUser[]> {
    const { slots } = await this.bmc.run(getUserAccess(THIS_CHANNEL, 1));
    const users: IpmiUser[] = [];
    for (let id = 1; id <= slots; id += 1) users.push(await this.get(id));
    return users;
  }

  /** @param id 1 to 63 */
  async get(id: number): Promise<IpmiUser> {
    this.checkId(id);
    const access = await this.bmc.run(getUserAccess(THIS_CHANNEL, id));
    const { enabled, callbackOnly, linkAuthentication, ipmiMessaging, privilege } = access;
    const name = await this.nameOf(id);
    const fixedName = id <= access.fixedNames;
    return { id, name, fixedName, enabled, callbackOnly, linkAuthentication, ipmiMessaging, privilege };
  }

  /** @throws {IpmiNotFoundError} */
  async find(name: string): Promise<IpmiUser> {
    const found = (await this.list()).find((user) => user.name === name && name !== "");
    if (found) return found;
    throw new IpmiNotFoundError(
      this.bmc.label,
      "find user",
      `no user ${name}`,
      "the names in the list of users",
    );
  }

  /**
   * Makes a user in the first free place, enabled. What was begun is taken back if a step fails.
   * @throws {IpmiFullError} {IpmiArgumentError} if the name is taken
   */
  async create({ name, password, privilege }: NewUser): Promise<IpmiUser> {
    this.checkName(name);
    checkPassword(this.bmc, password);
    const users = await this.list();
    if (users.some((user) => user.name === name)) {
      throw this.argument("create user", `the name ${name} is taken`, "another name, or change that user");
    }
    const place = users.find(isFree);
    if (!place) {
      const problem = `all ${users.length} places are taken`;
      throw new IpmiFullError(this.bmc.label, "create user", problem, "which users can be deleted");
    }
    try {
      // Enabled last: until then nobody can log in with half of it.
      await this.setName(place.id, name);
      await this.setPassword(place.id, password);
      await this.setPrivilege(place.id, privilege, { force: true });
      await this.setEnabled(place.id, true);
    } catch (error) {
      await this.delete(place.id, { force: true }).catch(() => undefined);
      throw error;
    }
    return this.get(place.id);
  }

  /** @param name 1 to 16 bytes */
  async setName(id: number, name: string): Promise<void> {
    this.checkName(name);
    await this.writeName(id, name);
  }

  /**
   * Sets the password, and asks the BMC whether it holds it.
   * @param password 1 to 20 bytes
   * @throws {IpmiReadBackError} if it does not
   */
  async setPassword(id: number, password: string): Promise<void> {
    this.checkId(id);
    await writePassword(this.bmc, id, password);
  }

  /** Whether this is the user's password; undefined where the BMC cannot tell. */
  async testPassword(id: number, password: string): Promise<boolean | undefined> {
    this.checkId(id);
    return holdsPassword(this.bmc, id, password);
  }

  /**
   * Sets the highest privilege of the user; `none` bars it from the channel.
   * @throws {IpmiUnsafeError} if it is the last administrator
   */
  async setPrivilege(id: number, privilege: PrivilegeName, { force = false }: Forced = {}): Promise<void> {
    const { callbackOnly, linkAuthentication } = await this.get(id);
    if (privilege !== "administrator") await this.keepAdministrator(id, "Set User Access", force);
    const wanted = { callbackOnly, linkAuthentication, ipmiMessaging: privilege !== "none", privilege };
    await this.bmc.run(setUserAccess(THIS_CHANNEL, id, wanted));
    const got = await this.get(id);
    if (got.privilege !== privilege || got.ipmiMessaging !== wanted.ipmiMessaging) {
      throw this.readBack("Set User Access", `set ${privilege} for user ${id}, read back ${got.privilege}`);
    }
  }

  /** @throws {IpmiUnsafeError} if it is the last administrator that would be disabled */
  async setEnabled(id: number, enabled: boolean, { force = false }: Forced = {}): Promise<void> {
    this.checkId(id);
    if (!enabled) await this.keepAdministrator(id, "Set User Password", force);
    await this.bmc.run(setUserEnabled(id, enabled));
    const got = await this.get(id);
    if (got.enabled === undefined || got.enabled === enabled) return;
    throw this.readBack(
      "Set User Password",
      `user ${id} is ${got.enabled ? "enabled" : "disabled"} all the same`,
    );
  }

  /**
   * Disables the user, bars it from the channel, and takes its name away.
   * @throws {IpmiUnsafeError} if it is the last administrator
   */
  async delete(id: number, { force = false }: Forced = {}): Promise<void> {
    const { fixedName } = await this.get(id);
    await this.keepAdministrator(id, "delete user", force);
    await this.setEnabled(id, false, { force: true });
    await this.setPrivilege(id, "none", { force: true });
    if (!fixedName) await this.writeName(id, "");
  }

  /** Which payload types, serial over LAN among them, the user may activate. */
  async payloadAccess(id: number): Promise<UserPayloadAccess> {
    this.checkId(id);
    return this.bmc.run(getUserPayloadAccess(THIS_CHANNEL, id));
  }

  /** Allows the user serial over LAN, or forbids it. */
  async setPayloadAccess(id: number, sol: boolean): Promise<void> {
    this.checkId(id);
    await this.bmc.run(setUserPayloadAccess(THIS_CHANNEL, id, sol));
    if ((await this.payloadAccess(id)).sol === sol) return;
    throw this.readBack("Set User Payload Access", `user ${id} ${sol ? "still lacks" : "still has"} it`);
  }

  private async keepAdministrator(id: number, command: string, force: boolean): Promise<void> {
    if (force) return;
    const administrators = (await this.list()).filter(isAdministrator);
    if (administrators.length !== 1 || administrators[0]?.id !== id) return;
    throw new IpmiUnsafeError(
      this.bmc.label,
      command,
      `user ${id} is the last administrator who can log in`,
      "that another administrator is enabled, or use force",
    );
  }

  private async writeName(id: number, name: string): Promise<void> {
    this.checkId(id);
    await this.bmc.run(setUserName(id, name));
    const got = await this.nameOf(id);
    if (got !== name) throw this.readBack("Set User Name", `set "${name}", read back "${got}"`);
  }

  private async nameOf(id: number): Promise<string> {
    try {
      return await this.bmc.run(getUserName(id));
    } catch (error) {
      // So do some BMCs answer for a user without a name.
      if (isCompletion(error, INVALID_DATA, NOT_PRESENT)) return "";
      throw error;
    }
  }

  private checkId(id: number): void {
    if (Number.isInteger(id) && id >= 1 && id <= 63) return;
    throw this.argument("user", `user ${String(id)}`, "an ID from 1 to 63");
  }

  private checkName(name: string): void {
    const length = Buffer.byteLength(name);
    if (length >= 1 && length <= 16 && !name.includes("\0")) return;
    throw this.argument("Set User Name", `a name of ${length} bytes`, "1 to 16 bytes, none of them 0");
  }

  private argument(command: string, problem: string, check: string): IpmiArgumentError {
    return new IpmiArgumentError(this.bmc.label, command, problem, check);
  }

  private readBack(command: string, problem: string): IpmiReadBackError {
    return new IpmiReadBackError(this.bmc.label, command, problem, "what this BMC allows, and its log");
  }
}
