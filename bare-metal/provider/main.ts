import { type ProviderSpec, serveProvider } from "../../base/provider";
import { version } from "../../package.json";

// base/register.js leaves import() to Node, which reads no TypeScript.
/* eslint-disable @typescript-eslint/no-require-imports */
const spec: ProviderSpec = {
  name: "metal",
  version,
  kinds: {
    "metal:index:Machine": () =>
      (require("./resources/machine") as typeof import("./resources/machine")).machine,
    "metal:index:FabricPartitions": () =>
      (require("./resources/fabric-partitions") as typeof import("./resources/fabric-partitions"))
        .fabricPartitions,
    "metal:index:ControlPlane": () =>
      (require("./resources/control-plane") as typeof import("./resources/control-plane")).controlPlane,
    "metal:index:Worker": () => (require("./resources/worker") as typeof import("./resources/worker")).worker,
    "metal:index:KubernetesObjects": () =>
      (require("./resources/kubernetes-objects") as typeof import("./resources/kubernetes-objects"))
        .kubernetesObjects,
    "metal:index:CephFilesystem": () =>
      (require("./resources/ceph-filesystem") as typeof import("./resources/ceph-filesystem")).cephFilesystem,
    "metal:index:CephVolumes": () =>
      (require("./resources/ceph-volumes") as typeof import("./resources/ceph-volumes")).cephVolumes,
  },
};

/** @param ended Called at the end, with the types that were worked with. */
export const serve = (ended?: (...types: string[]) => void): void => serveProvider(spec, ended);
