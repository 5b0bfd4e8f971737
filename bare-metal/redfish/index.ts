export { Redfish } from "./client";
export { redfishDriver } from "./driver";
export * from "./errors";
export type { RedfishOptions, RedfishTarget, Sleep } from "./options";
export type { Resource } from "./read";
