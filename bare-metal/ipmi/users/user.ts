import type { UserAccess } from "../messages/user-access";

/** A user as one channel sees it. */
export interface IpmiUser extends Pick<
  UserAccess,
  "enabled" | "callbackOnly" | "linkAuthentication" | "ipmiMessaging" | "privilege"
> {
  /** 1 to 63; 1 is the user without a name. */
  readonly id: number;
  /** Empty: a free place, or user 1. */
  readonly name: string;
  /** Whether the name can be changed. */
  readonly fixedName: boolean;
}

/** Whether the user can log in as administrator, as far as the BMC tells. */
export function isAdministrator(user: IpmiUser): boolean {
  return user.privilege === "administrator" && user.ipmiMessaging && user.enabled !== false;
}

/** Whether a new user may take this place. User 1 is for logins without a name. */
export function isFree(user: IpmiUser): boolean {
  return user.id > 1 && user.name === "" && !user.fixedName;
}
