export { Redfish, type Resource } from "./client";
export { redfishDriver } from "./driver";
export * from "./errors";
export type { RedfishOptions, RedfishTarget, Sleep } from "./options";
