import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readInventory } from "../../../../bare-metal/inventory/validate";
import { inventoryTemplate } from "../../../../lab/room";
import { qemuArguments, tapOf } from "../../../../lab/vm/qemu";

const ROOM = join(__dirname, "../../../../lab/vm/room.yaml");

describe("virtual machine", () => {
  const { machines } = readInventory(inventoryTemplate("100.77", ROOM), "room.yaml");

  it("has what the inventory says", () => {
    const machine = machines.find((m) => m.name === "cpu-1")!;
    const args = qemuArguments({ machine, dir: "/room/bmc/cpu-1", tap: tapOf("cpu-1") });
    const value = (flag: string): string | undefined => args[args.indexOf(flag) + 1];
    assert.deepEqual([value("-smp"), value("-m")], ["2", "2048"]);
    assert.ok(args.includes(`virtio-net-pci,netdev=net0,mac=${machine.mac}`));
    assert.ok(args.includes("tap,id=net0,ifname=tap-cpu-1,script=no,downscript=no"));
    assert.ok(
      args.every((word) => !word.includes("\n")),
      "one argument a line",
    );
  });

  it("is refused with HCAs or GPUs", () => {
    const machine = machines.find((m) => m.name === "ctl-1")!;
    assert.throws(() => qemuArguments({ machine, dir: "/x", tap: "tap" }), /ctl-1\.hardware\.hcas/);
  });

  it("gets an interface name that Linux takes", () => {
    assert.ok(tapOf("a-very-long-machine-name").length <= 15);
    assert.ok(readFileSync(ROOM, "utf8").includes("NET.2.141"));
  });
});
