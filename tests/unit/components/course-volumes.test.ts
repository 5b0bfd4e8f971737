import assert from "node:assert/strict";
import { CourseVolumes } from "../../../components/course-volumes";
import { courseSite } from "../../fixtures/course";
import { SECRETS, declare, read } from "../../fixtures/pulumi-mocks";

const volumes = () =>
  declare(
    () =>
      new CourseVolumes("cxr", {
        course: "cxr",
        namespace: "course-cxr",
        kubeconfig: SECRETS.kubeconfig,
        labels: { "lectern.dev/course": "cxr" },
        storage: courseSite().storage,
        datasets: [{ name: "xray", size: "2Gi" }],
        students: ["ada", "ben"],
        homeSize: "1Gi",
      }),
  );

interface VolumeSpec {
  readonly accessModes: string[];
  readonly mountOptions?: string[];
  readonly persistentVolumeReclaimPolicy: string;
  readonly claimRef: { namespace: string; name: string };
  readonly csi: {
    readonly readOnly: boolean;
    readonly volumeHandle: string;
    readonly nodeStageSecretRef: { name: string; namespace: string };
    readonly volumeAttributes: Record<string, string>;
  };
}

describe("CourseVolumes", () => {
  it("asks for a data set each, a home each and one shared folder, in bytes", async () => {
    const { inputs, secretOutputs } = (await volumes()).one("metal:index:CephVolumes", "cxr-volumes");
    assert.deepEqual(inputs, {
      cluster: { conf: "/room/ceph.conf", keyring: "/room/admin.keyring" },
      filesystem: "cephfs",
      group: "course-cxr",
      datasets: [{ name: "xray", sizeBytes: 2 * 2 ** 30 }],
      homes: ["ada", "ben", "course"].map((owner) => ({ owner, sizeBytes: 2 ** 30 })),
    });
    assert.deepEqual(secretOutputs, ["clients"]);
  });

  it("keeps every storage key a secret, in a namespace that no course can read", async () => {
    const declared = await volumes();
    assert.equal((await read(declared.value.clients)).secret, true);
    const bundle = declared.one("metal:index:KubernetesObjects", "cxr-keys");
    assert.deepEqual([...bundle.secrets].sort(), ["kubeconfig", "objects"]);
    const secrets = declared.objects<{ metadata: { namespace: string }; stringData: object }>("Secret");
    for (const owner of ["ada", "ben", "course"]) {
      const { metadata, stringData } = secrets[`course-cxr-${owner}`] ?? assert.fail(owner);
      assert.deepEqual(stringData, { userID: `course-cxr-${owner}`, userKey: SECRETS.storageKey(owner) });
      assert.equal(metadata.namespace, "lectern-system");
    }
    assert.doesNotMatch(
      JSON.stringify(declared.resources.map((r) => [r.open, r.openOutputs])),
      /storage-key-of/,
    );
  });

  it("mounts data sets read-only for all, and each home with its owner's key", async () => {
    const declared = await volumes();
    const spec = (name: string) =>
      declared.objects<{ spec: VolumeSpec }>("PersistentVolume")[name]?.spec ?? assert.fail(name);
    const dataset = spec("course-cxr-dataset-xray");
    assert.deepEqual(
      [dataset.csi.readOnly, dataset.mountOptions, dataset.accessModes],
      [true, ["ro"], ["ReadOnlyMany"]],
    );
    assert.equal(dataset.csi.volumeAttributes["rootPath"], "/volumes/course-cxr/xray");
    assert.equal(dataset.csi.nodeStageSecretRef.name, "course-cxr-course");
    for (const owner of ["ada", "ben"]) {
      const home = spec(`course-cxr-home-${owner}`);
      assert.deepEqual(
        [home.csi.readOnly, home.mountOptions, home.accessModes],
        [false, undefined, ["ReadWriteMany"]],
      );
      assert.equal(home.csi.volumeAttributes["rootPath"], `/volumes/course-cxr/home-${owner}`);
      assert.deepEqual(home.csi.nodeStageSecretRef, {
        name: `course-cxr-${owner}`,
        namespace: "lectern-system",
      });
    }
  });

  it("reserves each volume for its claim, and keeps data when a claim goes", async () => {
    const declared = await volumes();
    const volumesOf = declared.objects<{ spec: VolumeSpec }>("PersistentVolume");
    const claims = declared.objects<{
      metadata: { name: string; namespace: string };
      spec: { volumeName: string; storageClassName: string };
    }>("PersistentVolumeClaim");
    assert.equal(Object.keys(volumesOf).length, 4);
    const dataset = declared.one("kubernetes:core/v1:PersistentVolume", "course-cxr-dataset-xray");
    assert.deepEqual(dataset.ignoreChanges, ["spec.claimRef.uid", "spec.claimRef.resourceVersion"]);
    for (const { spec } of Object.values(volumesOf)) {
      const { claimRef, persistentVolumeReclaimPolicy, csi } = spec;
      assert.equal(persistentVolumeReclaimPolicy, "Retain");
      const claim = claims[claimRef.name] ?? assert.fail(claimRef.name);
      assert.deepEqual({ namespace: claim.metadata.namespace, name: claim.metadata.name }, claimRef);
      assert.equal(claim.spec.volumeName, csi.volumeHandle);
      assert.equal(claim.spec.storageClassName, "", "no class, or the default one would make another volume");
    }
  });

  it("hangs everything below itself", async () => {
    const declared = await volumes();
    const component = declared.one("lectern:index:CourseVolumes", "cxr");
    assert.equal(declared.childrenOf(component).length, declared.resources.length - 1);
  });
});
