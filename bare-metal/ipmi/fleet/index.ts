export { Fleet } from "./fleet";
export type { FleetOptions, FleetResult, FleetTarget } from "./options";
