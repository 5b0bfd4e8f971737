import assert from "node:assert/strict";
import { waitFor } from "../../base/wait";
import { bootServiceClient } from "../../lab/boot-service";
import { plugDisk } from "../../lab/vm/disks";
import { writeVirtualMachines } from "../../lab/vm/machines";
import { BOOT_MS, isReady, MachineCluster } from "../fixtures/machine-cluster";

const SIZE = 16 * 2 ** 30;
const DISK = "virtio-A-SYSTEM";
const UEFI = { firmware: "uefi" } as const;

/** From power-off to a node that starts from its disk, by UEFI (OVMF). */
describe("a machine that is installed to its disk, as a node of the cluster", function () {
  this.timeout(BOOT_MS + 300_000);
  let cluster: MachineCluster;

  before(async () => {
    const options = { name: "installed-node", net: "100.81", hardware: UEFI };
    cluster = await MachineCluster.start(options, (room) => {
      plugDisk(room, "cpu-1", "A-SYSTEM", SIZE);
      writeVirtualMachines(room, UEFI);
    });
    const { own } = await bootServiceClient(cluster.room).images();
    process.env["MACHINE_DISKS"] = JSON.stringify({ "cpu-1": [{ byId: DISK }] });
    process.env["NODE_IMAGES"] = JSON.stringify({ cpu: { root: own } });
  });
  after(() => cluster?.stop());

  it("is installed over the network, starts from its disk, and is Ready with one power-on", async () => {
    await cluster.up();
    const { state, installed, history = [] } = (await cluster.record()) ?? {};
    assert.deepEqual([state, installed?.byId, installed?.slot], ["ready", DISK, "a"]);
    const states = history.map((entry) => entry.state);
    assert.ok(states.indexOf("installing") < states.lastIndexOf("booting"), states.join(" "));
    assert.match(cluster.console(), /lectern: starting slot a from disk/);
    assert.deepEqual(cluster.powerOrders(), ["on"]);
    assert.ok(isReady(await cluster.node()), "cpu-1 is Ready");
    const bits = await cluster.logOf("firmware", "cat /host/sys/firmware/efi/fw_platform_size");
    assert.equal(bits.trim(), "64", "its firmware is UEFI");
  });

  it("is the same node when its power was lost, started from the disk, without another join", async () => {
    const before = (await cluster.node())?.status.nodeInfo.bootID;
    const requests = () => cluster.kubectl("get", "csr", "-o", "jsonpath={.items[*].spec.username}");
    const joins = async () =>
      (await requests()).split(" ").filter((by) => by.startsWith("system:bootstrap:"));
    const joined = await joins();
    assert.ok(joined.length > 0);
    await cluster.chassis("set", "power", "0");
    await cluster.chassis("set", "power", "1");
    await waitFor(
      "cpu-1 is Ready in its second life",
      async () => {
        const found = await cluster.node();
        return found?.status.nodeInfo.bootID !== before && isReady(found) ? found : undefined;
      },
      { timeout: BOOT_MS, interval: 1_000 },
    );
    assert.equal(await cluster.logOf("again", "echo it runs pods again"), "it runs pods again\n");
    assert.deepEqual(await joins(), joined);
    await cluster.up();
  });

  it("goes down with pulumi destroy", async () => {
    const down = await cluster.project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "dev");
    assert.equal(down.status, 0, down.output);
    assert.equal(await cluster.power(), "off");
  });
});
