import { PersistentVolume } from "@pulumi/kubernetes/core/v1/persistentVolume";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import * as pulumi from "@pulumi/pulumi";
import { CephVolumes, KubernetesObjects } from "../bare-metal/provider/sdk";
import { CEPHFS_DRIVER, type StorageOutputs } from "./ceph-storage";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { entryOf } from "./entry-of";
import { SHARED_HOME } from "./plan/course-plan";
import { bytesOf } from "./plan/room";

export interface CourseVolumesArgs {
  readonly course: string;
  readonly namespace: pulumi.Input<string>;
  /** Of the cluster's administrator. */
  readonly kubeconfig: pulumi.Input<string>;
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

    // The keys are a resource of their own, for all of it is secret.
    const secrets = Object.fromEntries(owners.map((owner) => [owner, this.clientSecret(owner)]));
    const { kubeconfig } = args;
    const keys = new KubernetesObjects(
      `${name}-keys`,
      { kubeconfig, objects: pulumi.secret(secrets) },
      { parent: this },
    );
    const homes = owners.map((owner) => {
      const path = entryOf(this.homes, owner);
      const { volume, bound } = this.claim(`home-${owner}`, args.homeSize, path, owner, "ReadWriteMany");
      return [
        [`home-${owner}/volume`, volume],
        [`home-${owner}/claim`, bound],
      ] as const;
    });
    new KubernetesObjects(
      `${name}-homes`,
      { kubeconfig, objects: Object.fromEntries(homes.flat()) },
      { parent: this, dependsOn: [keys] },
    );
    for (const { name: dataset, size } of args.datasets) {
      const path = entryOf(this.datasets, dataset);
      const { volume, bound } = this.claim(`dataset-${dataset}`, size, path, SHARED_HOME, "ReadOnlyMany");
      // The binder writes the claim's uid and version into claimRef.
      const ignoreChanges = ["spec.claimRef.uid", "spec.claimRef.resourceVersion"];
      const made = new PersistentVolume(volume.metadata.name, volume, {
        parent: this,
        dependsOn: [keys],
        ignoreChanges,
      });
      new PersistentVolumeClaim(volume.metadata.name, bound, { parent: this, dependsOn: [made] });
    }
    this.registerOutputs({ datasets: this.datasets, homes: this.homes });
  }

  private secretName(owner: string): string {
    return `${this.prefix}-${owner}`;
  }

  /** The key that a node mounts with. It lies where no one of the course can read it. */
  private clientSecret(owner: string) {
    const client = entryOf(this.clients, owner);
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: this.secretName(owner),
        namespace: SYSTEM_NAMESPACE,
        labels: { ...this.args.labels },
      },
      stringData: { userID: client.id, userKey: client.key },
    };
  }

  /** A volume and the claim that it is reserved for. */
  private claim(
    claim: string,
    size: string,
    rootPath: pulumi.Input<string>,
    owner: string,
    accessMode: "ReadWriteMany" | "ReadOnlyMany",
  ) {
    const { storage, namespace, labels } = this.args;
    const name = `${this.prefix}-${claim}`;
    const capacity = { storage: size };
    const readOnly = accessMode === "ReadOnlyMany";
    const volume = {
      apiVersion: "v1" as const,
      kind: "PersistentVolume" as const,
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
          nodeStageSecretRef: { name: this.secretName(owner), namespace: SYSTEM_NAMESPACE },
          volumeAttributes: {
            clusterID: storage.fsid,
            fsName: storage.filesystem,
            staticVolume: "true",
            rootPath,
          },
        },
      },
    };
    const bound = {
      apiVersion: "v1" as const,
      kind: "PersistentVolumeClaim" as const,
      metadata: { name: claim, namespace, labels: { ...labels } },
      spec: {
        accessModes: [accessMode],
        storageClassName: "",
        volumeName: name,
        resources: { requests: capacity },
      },
    };
    return { volume, bound };
  }
}
