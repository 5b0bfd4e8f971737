export { type NewUser, Users } from "./users";
export type { IpmiUser } from "./user";
