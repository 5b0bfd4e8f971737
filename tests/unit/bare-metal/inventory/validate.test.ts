import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FaultsError } from "../../../../base/faults";
import { readInventory } from "../../../../bare-metal/inventory/validate";

const ROOM = readFileSync(join(__dirname, "../../../../lab/room.yaml"), "utf8")
  .replaceAll("NET", "127.71")
  .replaceAll("OCTET", "71");

function faultsOf(text: string): Record<string, string> {
  try {
    readInventory(text, "room.yaml");
  } catch (error) {
    if (error instanceof FaultsError) return Object.fromEntries(error.faults.map((f) => [f.path, f.problem]));
    throw error;
  }
  return {};
}

describe("readInventory", () => {
  it("reads the room of the lab: 1 control plane, 4 GPU machines of two models, 3 storage machines, 2 switches", () => {
    const room = readInventory(ROOM, "room.yaml");
    const roles = room.machines.map((m) => m.role);
    assert.deepEqual(
      ["control-plane", "gpu", "storage"].map((role) => roles.filter((r) => r === role).length),
      [1, 4, 3],
    );
    const models = new Set(room.machines.flatMap((m) => m.hardware.gpus?.model ?? []));
    assert.equal(models.size, 2);
    assert.equal(room.fabric.switches.length, 2);
  });

  it("names every fault of a broken room at once, by path", () => {
    const broken = ROOM.replace("52:54:00:71:00:11", "52:54:00:71:00:1G")
      .replace("127.71.1.12", "127.71.1.11")
      .replace("count: 8, memory: 80Gi", "count: 0, memory: 80Gi")
      .replace("pods: 10.71.0.0/17", "pods: 10.71.192.0/18")
      .replace("127.71.2.14", "10.9.9.9")
      .replace("switch: leaf2", "switch: leaf9")
      .concat("\ncolour: blue\n");
    const faults = faultsOf(broken);
    assert.match(faults["machines[1].mac"] ?? "", /MAC/);
    assert.match(faults["machines[2].bmc.address"] ?? "", /same BMC as machines\[1\]/);
    assert.match(faults["machines[1].hardware.gpus.count"] ?? "", /without GPUs/);
    assert.match(faults["networks.services"] ?? "", /overlaps networks.pods/);
    assert.match(faults["machines[4].address"] ?? "", /outside networks.provisioning/);
    assert.match(faults["machines[3].hardware.hcas[0].switch"] ?? "", /no such switch/);
    assert.equal(faults["colour"], "unknown key");
  });

  it("finds one MAC, name, address, system GUID and port GUID given twice", () => {
    const broken = ROOM.replace("52:54:00:71:00:12", "52:54:00:71:00:11")
      .replace("name: gpu-2", "name: gpu-1")
      .replace("127.71.2.12", "127.71.2.11")
      .replace("71000000000000000000000000000012", "71000000000000000000000000000011")
      .replace("0x0002c90300710121", "0x0002c90300710111");
    const machine = Object.keys(faultsOf(broken)).filter((path) => path.startsWith("machines[2]"));
    assert.deepEqual(machine.sort(), [
      "machines[2].address",
      "machines[2].bmc.systemGuid",
      "machines[2].hardware.hcas[0].portGuid",
      "machines[2].mac",
      "machines[2].name",
    ]);
  });

  it("reads a BMC that speaks Redfish, and tells what does not belong to its protocol", () => {
    const written = 'user: lectern, cipherSuite: 3, systemGuid: "71000000000000000000000000000012" }';
    const bmc = (text: string) => ROOM.replace(written, `user: lectern, ${text} }`);
    const pin = "ab:".repeat(31) + "cd";
    const room = readInventory(bmc(`protocol: redfish, certificate: "${pin}"`), "room.yaml");
    assert.deepEqual(room.machines[2]?.bmc, {
      protocol: "redfish",
      address: "127.71.1.12",
      port: 443,
      user: "lectern",
      certificate: pin,
    });
    assert.deepEqual(Object.keys(faultsOf(bmc("protocol: redfish, cipherSuite: 3"))), [
      "machines[2].bmc.cipherSuite",
    ]);
    assert.deepEqual(Object.keys(faultsOf(bmc("certificate: abc"))), ["machines[2].bmc.certificate"]);
    assert.deepEqual(faultsOf(bmc("protocol: redfish, certificate: abc")), {
      "machines[2].bmc.certificate": "not a SHA-256 fingerprint of 64 hexadecimal digits",
    });
    assert.deepEqual(faultsOf(bmc("protocol: snmp")), {
      "machines[2].bmc.protocol": "not a protocol: ipmi or redfish",
    });
  });

  it("finds one BMC given twice, also where ports are left to their defaults and something else is wrong", () => {
    const twice = ROOM.replace(
      "127.71.1.12, user: lectern, cipherSuite: 3",
      "127.71.1.99, protocol: redfish, user: l",
    )
      .replace(
        "127.71.1.13, user: lectern, cipherSuite: 3",
        "127.71.1.99, port: 443, protocol: redfish, user: l",
      )
      .concat("\ncolour: blue\n");
    assert.deepEqual(Object.keys(faultsOf(twice)).sort(), ["colour", "machines[3].bmc.address"]);
  });

  it("reads the disk that a machine is installed to, and names every fault of such entries", () => {
    const disks = (...texts: string[]) => {
      let i = 0;
      return ROOM.replace(/^( {4}address: .*)$/gm, (line) => {
        const text = texts[i++];
        return text === undefined ? line : `${line}\n    disks: ${text}`;
      });
    };
    const good = "[{ byId: nvme-SAMSUNG_MZQL23T8_1, erase: true }]";
    assert.deepEqual(readInventory(disks(good), "room.yaml").machines[0]?.disks, [
      { byId: "nvme-SAMSUNG_MZQL23T8_1", erase: true },
    ]);
    assert.deepEqual(readInventory(ROOM, "room.yaml").machines[0]?.disks, []);
    const faults = faultsOf(
      disks(
        "[{ byId: sda }]",
        good,
        good,
        "[{ byId: wwn-0x1 }, { byId: wwn-0x2 }]",
        "[{ byId: ata-X, erase: ja }]",
      ),
    );
    assert.match(faults["machines[0].disks[0].byId"] ?? "", /stays with a disk.*\/dev\/disk\/by-id/);
    assert.match(faults["machines[2].disks[0].byId"] ?? "", /same disk as machines\[1\]\.disks\[0\]\.byId/);
    assert.match(faults["machines[3].disks"] ?? "", /more than one disk/);
    assert.match(faults["machines[4].disks[0].erase"] ?? "", /boolean/);
  });

  it("tells where YAML is malformed", () => {
    assert.match(faultsOf("site: [")["(file)"] ?? "", /line 1/);
  });

  it("refuses a file that is empty or of another kind without throwing anything else", () => {
    for (const text of ["", "[]", "42", "machines: {}", "machines: [null]", "fabric: {links: [3]}"]) {
      assert.notDeepEqual(faultsOf(text), {}, JSON.stringify(text));
    }
  });

  it("takes only models that can stand in a node's label", () => {
    for (const model of ["Tesla-", "Tesla V100", "-V100", "V".repeat(64)]) {
      const faults = faultsOf(ROOM.replace("Tesla-V100-SXM2-32GB", JSON.stringify(model)));
      assert.deepEqual(
        Object.keys(faults),
        ["machines[3].hardware.gpus.model", "machines[4].hardware.gpus.model"],
        model,
      );
    }
  });
});
