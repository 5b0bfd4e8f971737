import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { CSIDriver } from "@pulumi/kubernetes/storage/v1/csidriver";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass";
import * as pulumi from "@pulumi/pulumi";
import { CephFilesystem } from "../bare-metal/provider/sdk";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";

/** CSI drivers of Ceph: files and block devices. */
export const CEPHFS_DRIVER = "cephfs.csi.ceph.com";
export const RBD_DRIVER = "rbd.csi.ceph.com";
export const CSI_DRIVERS = [CEPHFS_DRIVER, RBD_DRIVER] as const;

export interface CephStorageArgs {
  /** Files by which the cluster is administered from where `pulumi` runs. */
  readonly cluster: { readonly conf: string; readonly keyring: string };
  readonly filesystem: string;
  /** For the objects in Kubernetes; the file system itself does not wait for a cluster. */
  readonly kubernetes: pulumi.CustomResourceOptions;
}

/** What a course needs to know of the storage. */
export interface StorageOutputs {
  readonly cluster: { readonly conf: string; readonly keyring: string };
  readonly filesystem: string;
  /** UUID of the Ceph cluster; also the `clusterID` of its CSI drivers. */
  readonly fsid: string;
  readonly monitors: string[];
}

/** An external Ceph cluster: its file system and pools, and the storage classes over them. */
export class CephStorage extends pulumi.ComponentResource {
  readonly storage: pulumi.Output<StorageOutputs>;
  /** Names of the storage classes, by what they give. */
  readonly storageClasses: pulumi.Output<{ readonly files: string; readonly block: string }>;

  constructor(name: string, args: CephStorageArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:CephStorage", name, {}, options);
    const filesystem = new CephFilesystem(
      args.filesystem,
      {
        cluster: args.cluster,
        name: args.filesystem,
        metadataPool: `${args.filesystem}.meta`,
        dataPool: `${args.filesystem}.data`,
        blockPool: "rbd",
      },
      { parent: this },
    );
    this.storage = pulumi.all([filesystem.fsid, filesystem.monitors]).apply(([fsid, monitors]) => ({
      cluster: args.cluster,
      filesystem: args.filesystem,
      fsid,
      monitors,
    }));

    const onCluster = pulumi.mergeOptions(args.kubernetes, { parent: this });
    for (const driver of CSI_DRIVERS) {
      const spec = { attachRequired: driver === RBD_DRIVER, podInfoOnMount: false, fsGroupPolicy: "File" };
      new CSIDriver(driver, { metadata: { name: driver }, spec }, onCluster);
    }
    new ConfigMap(
      "ceph-csi-config",
      {
        metadata: { name: "ceph-csi-config", namespace: SYSTEM_NAMESPACE },
        data: {
          "config.json": this.storage.apply((s) =>
            JSON.stringify([{ clusterID: s.fsid, monitors: s.monitors }]),
          ),
        },
      },
      onCluster,
    );
    const files = this.storageClass(
      "cephfs",
      CEPHFS_DRIVER,
      { fsName: args.filesystem },
      filesystem,
      onCluster,
    );
    const block = this.storageClass(
      "ceph-block",
      RBD_DRIVER,
      { pool: filesystem.blockPool },
      filesystem,
      onCluster,
    );
    this.storageClasses = pulumi
      .all([files.metadata.name, block.metadata.name])
      .apply(([filesName, blockName]) => ({ files: filesName, block: blockName }));
    this.registerOutputs({ storage: this.storage, storageClasses: this.storageClasses });
  }

  private storageClass(
    name: string,
    provisioner: string,
    parameters: Record<string, pulumi.Input<string>>,
    filesystem: CephFilesystem,
    options: pulumi.CustomResourceOptions,
  ): StorageClass {
    return new StorageClass(
      name,
      {
        metadata: { name },
        provisioner,
        parameters: {
          clusterID: filesystem.fsid,
          ...parameters,
          "csi.storage.k8s.io/provisioner-secret-name": `${name}-provisioner`,
          "csi.storage.k8s.io/provisioner-secret-namespace": SYSTEM_NAMESPACE,
          "csi.storage.k8s.io/node-stage-secret-name": `${name}-node`,
          "csi.storage.k8s.io/node-stage-secret-namespace": SYSTEM_NAMESPACE,
        },
        // Data outlives the claim: an operator removes it, not a student's kubectl.
        reclaimPolicy: "Retain",
        allowVolumeExpansion: true,
      },
      options,
    );
  }
}
