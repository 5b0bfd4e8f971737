export { type DiskConfig, type DiskIdentity, describeFindings, type FoundDisk, judgeDisks } from "./judge";
export { diskOf, openDisk, type ReadAt } from "./read-at";
export { recognise } from "./recognise";
export type { Content, Finding } from "./signature";
