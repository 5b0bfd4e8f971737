export { type Change, compareInputs } from "./diff";
export * from "./kinds";
export { serveProvider } from "./serve";
export { hasUnknown, type Properties, UNKNOWN } from "./wire";
