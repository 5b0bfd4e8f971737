export { type DiskState, foreignDisk, nextSlot, planInstall, type Step } from "./decide";
export { checkSignature, install, type InstallOptions, type InstallReport, verdict } from "./install";
export { type DeviceDisk, inspectDisk, inspectDisks, reportOf } from "./inspect";
export { LEAST_DISK, planLayout, type Slot, SLOTS } from "./layout";
export {
  diskConfigSchema,
  diskIdentitySchema,
  foundDiskSchema,
  type InstallOrder,
  installOrderSchema,
  ownDiskSchema,
  signedManifestSchema,
} from "./order";
