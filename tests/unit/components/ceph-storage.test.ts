import assert from "node:assert/strict";
import { CephStorage, CSI_DRIVERS } from "../../../components/ceph-storage";
import { declare, read } from "../../fixtures/pulumi-mocks";

const cluster = { conf: "/room/ceph.conf", keyring: "/room/admin.keyring" };
const storage = () =>
  declare(() => new CephStorage("storage", { cluster, filesystem: "teaching", kubernetes: {} }));

describe("CephStorage", () => {
  it("makes one file system with pools named after it", async () => {
    const declared = await storage();
    assert.deepEqual(declared.one("metal:index:CephFilesystem", "teaching").inputs, {
      cluster,
      name: "teaching",
      metadataPool: "teaching.meta",
      dataPool: "teaching.data",
      blockPool: "rbd",
    });
  });

  it("offers storage classes that point at this cluster and keep data when a claim goes", async () => {
    const declared = await storage();
    const classes = declared.all("kubernetes:storage.k8s.io/v1:StorageClass");
    assert.deepEqual(classes.map((c) => c.name).sort(), ["ceph-block", "cephfs"]);
    for (const { name, inputs } of classes) {
      assert.equal((inputs["parameters"] as Record<string, string>)["clusterID"], "f51d", name);
      assert.equal(inputs["reclaimPolicy"], "Retain", name);
    }
    const parameters = (name: string) =>
      declared.one("kubernetes:storage.k8s.io/v1:StorageClass", name).inputs["parameters"] as Record<
        string,
        string
      >;
    assert.equal(parameters("cephfs")["fsName"], "teaching");
    assert.equal(parameters("ceph-block")["pool"], "rbd");
    assert.deepEqual((await read(declared.value.storageClasses)).value, {
      files: "cephfs",
      block: "ceph-block",
    });
  });

  it("tells the CSI drivers where the monitors are", async () => {
    const declared = await storage();
    const drivers = declared.all("kubernetes:storage.k8s.io/v1:CSIDriver");
    assert.deepEqual(drivers.map((d) => d.name).sort(), [...CSI_DRIVERS].sort());
    const { data, metadata } = declared.one("kubernetes:core/v1:ConfigMap", "ceph-csi-config").inputs as {
      data: Record<string, string>;
      metadata: { namespace: string };
    };
    assert.equal(metadata.namespace, "lectern-system");
    assert.deepEqual(JSON.parse(data["config.json"]!), [
      { clusterID: "f51d", monitors: ["127.80.0.3:6789"] },
    ]);
  });

  it("hands courses the place of the keyring, never a key, and hangs everything below itself", async () => {
    const declared = await storage();
    assert.deepEqual(await read(declared.value.storage), {
      value: { cluster, filesystem: "teaching", fsid: "f51d", monitors: ["127.80.0.3:6789"] },
      secret: false,
    });
    const component = declared.one("lectern:index:CephStorage", "storage");
    assert.equal(declared.childrenOf(component).length, declared.resources.length - 1);
  });
});
