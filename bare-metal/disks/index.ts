export {
  type DiskConfig,
  type DiskIdentity,
  describeFindings,
  type FoundDisk,
  isOwn,
  isStableName,
  judgeDisks,
  type OwnDisk,
} from "./judge";
export { tableGuids } from "./partition-tables";
export { diskOf, openDisk, type ReadAt } from "./read-at";
export { recognise } from "./recognise";
export type { Content, Finding } from "./signature";
