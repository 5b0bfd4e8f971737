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
    for (const owner of ["ada", "ben", "course"]) {
      const { inputs, secrets } = declared.one("kubernetes:core/v1:Secret", `course-cxr-${owner}`);
      assert.deepEqual(secrets, ["stringData"], owner);
      assert.deepEqual(inputs["stringData"], {
        userID: `course-cxr-${owner}`,
        userKey: SECRETS.storageKey(owner),
      });
      assert.equal((inputs["metadata"] as { namespace: string }).namespace, "lectern-system");
    }
    assert.doesNotMatch(
      JSON.stringify(declared.resources.map((r) => [r.open, r.openOutputs])),
      /storage-key-of/,
    );
  });

  it("mounts data sets read-only for all, and each home with its owner's key", async () => {
    const declared = await volumes();
    const spec = (name: string) =>
      declared.one("kubernetes:core/v1:PersistentVolume", name).inputs["spec"] as VolumeSpec;
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
    const found = declared.all("kubernetes:core/v1:PersistentVolume");
    assert.equal(found.length, 4);
    for (const { inputs, ignoreChanges } of found) {
      const { claimRef, persistentVolumeReclaimPolicy, csi } = inputs["spec"] as VolumeSpec;
      assert.equal(persistentVolumeReclaimPolicy, "Retain");
      assert.deepEqual(ignoreChanges, ["spec.claimRef.uid", "spec.claimRef.resourceVersion"]);
      const claim = declared.one("kubernetes:core/v1:PersistentVolumeClaim", csi.volumeHandle).inputs as {
        metadata: { name: string; namespace: string };
        spec: { volumeName: string; storageClassName: string };
      };
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
