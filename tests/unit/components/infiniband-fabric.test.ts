import assert from "node:assert/strict";
import { InfinibandFabric } from "../../../components/infiniband-fabric";
import { sitePartitions } from "../../../components/plan/site-plan";
import { declare, read } from "../../fixtures/pulumi-mocks";
import { roomInventory } from "../../fixtures/room";

const manager = {
  partitionsFile: "/etc/opensm/partitions.conf",
  pidFile: "/run/opensm.pid",
  diagnostics: { command: ["ssh", "root@ctl-1"], env: { OSM_TMP_DIR: "/tmp" } },
};
const verified = [{ portGuid: "0x0002c90300710011", pkeys: [0x7fff, 0x0001] }];

const fabric = () =>
  declare(() => new InfinibandFabric("fabric", { manager, partitions: sitePartitions(roomInventory()) }), {
    answers: { "metal:index:FabricPartitions": () => ({ verified }) },
  });

describe("InfinibandFabric", () => {
  it("declares the site's partitions, with storage as the only full members", async () => {
    const declared = await fabric();
    const { inputs, parent } = declared.one("metal:index:FabricPartitions", "fabric-partitions");
    assert.equal(parent, declared.one("lectern:index:InfinibandFabric", "fabric").urn);
    assert.equal(inputs["owner"], "site");
    assert.deepEqual(inputs["manager"], manager);
    const [storage, ...more] = inputs["partitions"] as {
      name: string;
      pkey: number;
      members: { node: string; membership: string }[];
    }[];
    assert.deepEqual(more, []);
    assert.deepEqual([storage?.name, storage?.pkey], ["storage", 0x0001]);
    assert.deepEqual(
      storage?.members.filter((m) => m.membership === "full").map((m) => m.node),
      ["storage-1", "storage-2", "storage-3"],
    );
    assert.equal(storage?.members.length, 8);
  });

  it("hands on what the ports' tables held, and how courses reach the subnet manager", async () => {
    const { value } = await fabric();
    assert.deepEqual((await read(value.verified)).value, verified);
    assert.deepEqual(await read(value.manager), { value: manager, secret: false });
  });
});
