import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../base/run";
import { waitFor } from "../../base/wait";
import { VM_CHASSIS_CONTROL } from "../../lab/bmc";
import { bootServiceClient } from "../../lab/boot-service";
import { machineFolder } from "../../lab/machine";
import type { Room } from "../../lab/room";
import { BRIDGE } from "../../lab/vm/network";
import { startVirtualRoom, stopVirtualRoom } from "../../lab/vm/start";
import { type ForeignDhcp, startForeignDhcp } from "../fixtures/foreign-dhcp";

const BOOT_MS = 900_000;
const NET = "100.78";

/** UEFI firmware (OVMF) of a virtual machine whose clock is years behind, beside a DHCP server of somebody else's. */
describe("a UEFI machine behind another DHCP server", function () {
  this.timeout(BOOT_MS + 60_000);
  const root = mkdtempSync(join(tmpdir(), "lectern-uefi-"));
  let room: Room;
  let foreign: ForeignDhcp;

  before(async () => {
    const image = process.env["LECTERN_NODE_IMAGE"];
    assert.ok(image, "LECTERN_NODE_IMAGE is not set: run by npm test");
    const hardware = { firmware: "uefi", clock: "2021-02-03T04:05:06" } as const;
    room = await startVirtualRoom({ name: "uefi", root, net: NET, image, hardware, dhcp: "proxy" });
    const { mac, address } = machine();
    foreign = await startForeignDhcp({
      dir: root,
      bridge: BRIDGE,
      address: `${NET}.2.130/16`,
      range: [`${NET}.2.200`, `${NET}.2.220`],
      hosts: { [mac]: address },
    });
  });

  after(async () => {
    foreign?.stop();
    if (room) await stopVirtualRoom(room);
    rmSync(root, { recursive: true, force: true });
  });

  const machine = () => room.inventory.machines.find((m) => m.name === "cpu-1")!;
  const dhcpLog = (): string => readFileSync(join(room.dir, "logs/dnsmasq.log"), "utf8");

  it("boots to its report: addresses from the other server, programs from ours, the time from the boot service", async () => {
    const boot = bootServiceClient(room);
    const { mac, name, role, address } = machine();
    await boot.register(mac, { name, role, address });
    await boot.expectBoot(mac);
    await run(["sh", VM_CHASSIS_CONTROL, machineFolder(room, name), "set", "boot", "pxe", "power", "1"]);
    const record = await waitFor(
      `${name} reports`,
      async () => {
        const found = await boot.get(mac);
        assert.notEqual(found?.state, "failed", found?.error);
        return found?.state === "ready" ? found : undefined;
      },
      { timeout: BOOT_MS, interval: 500 },
    ).catch((error: Error) => {
      const console = readFileSync(join(machineFolder(room, name), "console.log"), "latin1").slice(-1500);
      throw new Error(`${error.message}\n${dhcpLog().slice(-3000)}\n${console}`);
    });
    assert.ok(record.claimedAt, "it claimed its boot from the address that it is registered with");
    assert.match(foreign.log(), new RegExp(`DHCPACK\\(foreign0\\) ${address} ${mac}`));
    assert.doesNotMatch(dhcpLog(), /DHCPACK/, "ours gave no address");
    for (const file of ["snponly.efi", "boot.ipxe"])
      assert.match(dhcpLog(), new RegExp(`sent .*/${file} to ${address}`), file);
    assert.doesNotMatch(dhcpLog(), /undionly\.kpxe/);
    // Years; but systemd puts a clock from before its own build forward to that.
    const behind = -(record.clockWas ?? 0);
    assert.ok(behind > 3600, `its clock was ${behind} s behind`);
  });
});
