/** What the package offers to other projects: the rules, and the ways to ask them. */
export { packOptions } from "./options";
export { policies, policyObject, servePack, type PackOptions } from "./pack";
export { type CourseParameters, formatParameters, parseParameters } from "./parameters";
export { faultMessage, type PolicyObject, type Rule } from "./rule";
export { RULES } from "./rules";
export type { PolicySettings } from "./settings";
export { policySettingsSchema } from "./settings-schema";
export { judge, remedied, type Violation } from "./verdict";
