export * from "./kinds";
export { compareInputs } from "./diff";
export { serveProvider } from "./serve";
export type { ProviderSpec } from "./provider";
export { hasUnknown, sameValue, UNKNOWN, type Properties } from "./wire";
