import type { AnyKind } from "./kind";

// A kind's code is loaded when it is first used; the CommonJS loader of tsx leaves import() to Node, which reads no TypeScript.
/* eslint-disable @typescript-eslint/no-require-imports */
const KINDS: Readonly<Record<string, () => AnyKind>> = {
  "metal:index:Machine": () =>
    (require("./resources/machine") as typeof import("./resources/machine")).machine,
  "metal:index:FabricPartitions": () =>
    (require("./resources/fabric-partitions") as typeof import("./resources/fabric-partitions"))
      .fabricPartitions,
  "metal:index:ControlPlane": () =>
    (require("./resources/control-plane") as typeof import("./resources/control-plane")).controlPlane,
  "metal:index:CephFilesystem": () =>
    (require("./resources/ceph-filesystem") as typeof import("./resources/ceph-filesystem")).cephFilesystem,
  "metal:index:CephVolumes": () =>
    (require("./resources/ceph-volumes") as typeof import("./resources/ceph-volumes")).cephVolumes,
};
/* eslint-enable @typescript-eslint/no-require-imports */

export const RESOURCE_TYPES: readonly string[] = Object.keys(KINDS);

/** The kind of a resource's type token, such as `metal:index:Machine`; undefined if this provider has none. */
export function kindOf(type: string): AnyKind | undefined {
  return KINDS[type]?.();
}
