import { PersistentVolume } from "@pulumi/kubernetes/core/v1/persistentVolume";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";
import { CephVolumes } from "../bare-metal/provider/sdk";
import { CEPHFS_DRIVER, type StorageOutputs } from "./ceph-storage";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { SHARED_HOME } from "./plan/course-plan";
import { bytesOf } from "./plan/room";

export interface CourseVolumesArgs {
  readonly course: string;
  readonly namespace: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly storage: pulumi.Output<StorageOutputs>;
  readonly datasets: readonly { readonly name: string; readonly size: string }[];
  readonly students: readonly string[];
  /** Quota of each home. */
  readonly homeSize: string;
}

/** The data sets of a course, read-only, a home for each student and one shared folder, on CephFS and as claims. */
export class CourseVolumes extends pulumi.ComponentResource {
  /** Path of each data set, by name. */
  readonly datasets: CephVolumes["datasets"];
  /** Path of each home, by owner. */
  readonly homes: CephVolumes["homes"];
  /** The cephx client of each owner. Secret. */
  readonly clients: CephVolumes["clients"];

  private readonly prefix: string;

  constructor(
    name: string,
    private readonly args: CourseVolumesArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("lectern:index:CourseVolumes", name, {}, options);
    this.prefix = `course-${args.course}`;
    // The client of the shared folder is also the one that mounts the data sets.
    const owners = [...args.students, SHARED_HOME];
    const volumes = new CephVolumes(
      `${name}-volumes`,
      {
        cluster: args.storage.cluster,
        filesystem: args.storage.filesystem,
        group: this.prefix,
        datasets: args.datasets.map((d) => ({ name: d.name, sizeBytes: bytesOf(d.size) })),
        homes: owners.map((owner) => ({ owner, sizeBytes: bytesOf(args.homeSize) })),
      },
      { parent: this },
    );
    this.datasets = volumes.datasets;
    this.homes = volumes.homes;
    this.clients = volumes.clients;

    for (const owner of owners) {
      const secret = this.clientSecret(owner);
      const path = this.homes.apply((homes) => homes[owner] ?? "");
      this.claim(`home-${owner}`, args.homeSize, path, secret, "ReadWriteMany");
      if (owner !== SHARED_HOME) continue;
      for (const { name: dataset, size } of args.datasets) {
        const at = this.datasets.apply((datasets) => datasets[dataset] ?? "");
        this.claim(`dataset-${dataset}`, size, at, secret, "ReadOnlyMany");
      }
    }
    this.registerOutputs({ datasets: this.datasets, homes: this.homes });
  }

  /** The key that a node mounts with. It lies where no one of the course can read it. */
  private clientSecret(owner: string): Secret {
    const client = this.clients.apply((clients) => clients[owner] ?? { id: "", key: "" });
    const name = `${this.prefix}-${owner}`;
    return new Secret(
      name,
      {
        metadata: { name, namespace: SYSTEM_NAMESPACE, labels: { ...this.args.labels } },
        stringData: { userID: client.id, userKey: client.key },
      },
      { parent: this },
    );
  }

  private claim(
    claim: string,
    size: string,
    rootPath: pulumi.Input<string>,
    secret: Secret,
    accessMode: "ReadWriteMany" | "ReadOnlyMany",
  ): void {
    const { storage, namespace, labels } = this.args;
    const name = `${this.prefix}-${claim}`;
    const capacity = { storage: size };
    const readOnly = accessMode === "ReadOnlyMany";
    const volume = new PersistentVolume(
      name,
      {
        metadata: { name, labels: { ...labels } },
        spec: {
          capacity,
          accessModes: [accessMode],
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: "",
          claimRef: { namespace, name: claim },
          ...(readOnly ? { mountOptions: ["ro"] } : {}),
          csi: {
            driver: CEPHFS_DRIVER,
            volumeHandle: name,
            readOnly,
            nodeStageSecretRef: { name: secret.metadata.name, namespace: SYSTEM_NAMESPACE },
            volumeAttributes: {
              clusterID: storage.fsid,
              fsName: storage.filesystem,
              staticVolume: "true",
              rootPath,
            },
          },
        },
      },
      // The binder writes the claim's uid and version into claimRef.
      { parent: this, ignoreChanges: ["spec.claimRef.uid", "spec.claimRef.resourceVersion"] },
    );
    new PersistentVolumeClaim(
      name,
      {
        metadata: { name: claim, namespace, labels: { ...labels } },
        spec: {
          accessModes: [accessMode],
          storageClassName: "",
          volumeName: volume.metadata.name,
          resources: { requests: capacity },
        },
      },
      { parent: this },
    );
  }
}
