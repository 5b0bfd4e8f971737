export type { SolChange, SolConfiguration } from "./configuration";
export { Sol, type SolOptions } from "./sol";
export type { SolStream } from "./stream";
