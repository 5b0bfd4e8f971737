import assert from "node:assert/strict";
import { studentCaps } from "../../../../bare-metal/ceph/clients";
import type { VolumesSpec } from "../../../../bare-metal/ceph";
import type { Subvolume } from "../../../../bare-metal/ceph/subvolumes";
import { checkVolumes } from "../../../../bare-metal/ceph/volumes";

const volume = (name: string, usedBytes = 0): Subvolume => ({
  name,
  path: `/volumes/ml/${name}/uuid`,
  sizeBytes: 100,
  usedBytes,
  pool: "data",
  namespace: `fsvolumens_${name}`,
});
const spec: VolumesSpec = {
  cluster: { conf: "/none", keyring: "/none" },
  filesystem: "cephfs",
  group: "ml",
  datasets: [{ name: "mnist", sizeBytes: 100 }],
  homes: [{ owner: "alice", sizeBytes: 100 }],
};

describe("studentCaps", () => {
  it("reads data sets and writes the home, by path and by namespace", () => {
    assert.deepEqual(studentCaps("cephfs", [volume("data-mnist")], volume("home-alice")), {
      mon: "allow r fsname=cephfs",
      mds: "allow r fsname=cephfs path=/volumes/ml/data-mnist/uuid, allow rw fsname=cephfs path=/volumes/ml/home-alice/uuid",
      osd: "allow r pool=data namespace=fsvolumens_data-mnist, allow rw pool=data namespace=fsvolumens_home-alice",
    });
  });
});

describe("checkVolumes", () => {
  const paths = (asked: Partial<VolumesSpec>, used = 0): string[] =>
    checkVolumes({ ...spec, ...asked }, new Map([["home-alice", volume("home-alice", used)]])).map(
      (f) => f.path,
    );

  it("lets a size go down to what is used, and no further", () => {
    assert.deepEqual(paths({}, 100), []);
    assert.deepEqual(paths({}, 101), ["homes[0].sizeBytes"]);
  });

  it("refuses names that are no names, repeats and sizes that are none", () => {
    assert.deepEqual(paths({ group: "../x" }), ["group"]);
    assert.deepEqual(paths({ homes: [...spec.homes, ...spec.homes] }), ["homes[1]"]);
    assert.deepEqual(paths({ datasets: [{ name: "a/b", sizeBytes: 0 }] }), [
      "datasets[0]",
      "datasets[0].sizeBytes",
    ]);
  });

  it("takes a data set and a home of one name", () => {
    assert.deepEqual(paths({ datasets: [{ name: "alice", sizeBytes: 1 }] }), []);
  });
});
