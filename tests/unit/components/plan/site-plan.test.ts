import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type HardwareReport,
  type InventoryMachine,
  MACHINE_ROLES,
  hardwareReportSchema,
} from "../../../../bare-metal/inventory/inventory";
import {
  RDMA_SHARES,
  STORAGE_PKEY,
  expectedHardware,
  nodeCapacity,
  nodeLabels,
  nodeTaints,
  planRoom,
  sitePartitions,
} from "../../../../components/plan/site-plan";
import { parseSize } from "../../../../base/units";
import { roomInventory } from "../../../fixtures/room";

const guid = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map((n) => `0x${n.toString(16).padStart(16, "0")}`);
/** What the inventory lets stand as the name of a model. */
const model = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
const bytes = fc.integer({ min: 1, max: 2 ** 48 });
const hca = fc.record({ name: fc.constantFrom("mlx5_0", "mlx5_1"), guid, portGuid: guid });
const report: fc.Arbitrary<HardwareReport> = fc.record({
  cpus: fc.integer({ min: 1, max: 1024 }),
  memoryBytes: bytes,
  gpus: fc.array(fc.record({ model, memoryBytes: bytes }), { maxLength: 16 }),
  hcas: fc.array(hca, { maxLength: 4 }),
});
const role = fc.constantFrom(...MACHINE_ROLES);
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const machine: fc.Arbitrary<InventoryMachine> = fc
  .record({
    name,
    role,
    cpus: fc.integer({ min: 1, max: 1024 }),
    memory: fc.integer({ min: 1, max: 4096 }).map((n) => `${n}Gi`),
    gpus: fc.option(
      fc.record({ model, count: fc.integer({ min: 0, max: 16 }), memory: fc.constant("80Gi") }),
      {
        nil: undefined,
      },
    ),
    hcas: fc.array(
      hca.map((h) => ({ ...h, switch: "leaf1" })),
      { maxLength: 4 },
    ),
  })
  .map(({ name: machineName, role: machineRole, ...hardware }) => ({
    name: machineName,
    role: machineRole,
    bmc: { address: "127.80.1.1", port: 623, user: "lectern", cipherSuite: 17 },
    mac: "52:54:00:00:00:01",
    address: "127.80.2.1",
    disks: [],
    hardware,
  }));

describe("nodeLabels (property)", () => {
  it("gives valid keys and values, whatever a machine is and reports", () => {
    fc.assert(
      fc.property(name, role, report, (nodeName, nodeRole, hardware) => {
        for (const [key, value] of Object.entries(nodeLabels({ name: nodeName, role: nodeRole }, hardware))) {
          // Kubernetes, "Labels and selectors", syntax and character set.
          assert.match(value, /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, key);
          assert.match(
            key,
            /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
          );
        }
      }),
    );
  });

  it("labels GPUs and RDMA exactly where the report has them", () => {
    fc.assert(
      fc.property(report, (hardware) => {
        const labels = nodeLabels({ name: "n", role: "gpu" }, hardware);
        assert.equal(labels["nvidia.com/gpu.present"], hardware.gpus.length > 0 ? "true" : undefined);
        assert.equal(labels["lectern.dev/rdma"], hardware.hcas.length > 0 ? "true" : undefined);
        if (hardware.gpus.length > 0)
          assert.equal(labels["nvidia.com/gpu.count"], String(hardware.gpus.length));
      }),
    );
  });

  it("writes a GPU's memory in MiB, as GPU feature discovery does", () => {
    const gpus = [{ model: "NVIDIA-A100-SXM4-80GB", memoryBytes: 80 * 2 ** 30 }];
    assert.equal(
      nodeLabels({ name: "n", role: "gpu" }, { gpus, hcas: [] })["nvidia.com/gpu.memory"],
      "81920",
    );
  });
});

describe("nodeCapacity (property)", () => {
  it("promises no more than the machine reported, and less than a KiB below it", () => {
    fc.assert(
      fc.property(report, (hardware) => {
        const { cpu, memory } = nodeCapacity(hardware);
        assert.equal(Number(cpu), hardware.cpus);
        const promised = parseSize(memory ?? "");
        assert.ok(promised !== undefined && promised <= hardware.memoryBytes, memory);
        assert.ok(hardware.memoryBytes - promised < 1024, memory);
      }),
    );
  });

  it("counts whole GPUs and shares of HCAs, and names neither where there are none", () => {
    fc.assert(
      fc.property(report, (hardware) => {
        const capacity = nodeCapacity(hardware);
        const counted = (resource: string) => Number(capacity[resource] ?? 0);
        assert.equal(counted("nvidia.com/gpu"), hardware.gpus.length);
        assert.equal(counted("rdma/hca_shared_devices_a"), RDMA_SHARES * hardware.hcas.length);
        assert.ok(!Object.values(capacity).includes("0"));
      }),
    );
  });
});

describe("expectedHardware (property)", () => {
  it("is a report that the boot service would accept, with the inventory's numbers", () => {
    fc.assert(
      fc.property(machine, (entry) => {
        const expected = hardwareReportSchema.parse(expectedHardware(entry));
        const { cpus, gpus, hcas, memory } = entry.hardware;
        assert.deepEqual(
          [expected.cpus, expected.gpus.length, expected.memoryBytes],
          [cpus, gpus?.count ?? 0, parseSize(memory)],
        );
        assert.deepEqual(
          expected.hcas.map((h) => h.portGuid),
          hcas.map((h) => h.portGuid),
        );
      }),
    );
  });
});

describe("sitePartitions (property)", () => {
  it("joins every port of the room once, and lets only storage be reached by all", () => {
    fc.assert(
      fc.property(fc.array(machine, { maxLength: 8 }), (machines) => {
        const [storage, ...more] = sitePartitions({ ...roomInventory(), machines });
        assert.deepEqual([more, storage?.pkey], [[], STORAGE_PKEY]);
        const roles = new Map(machines.map((m) => [m, m.role]));
        const expected = [...roles].flatMap(([m, r]) =>
          m.hardware.hcas.map((h) => `${m.name} ${h.portGuid} ${r === "storage" ? "full" : "limited"}`),
        );
        assert.deepEqual(
          storage?.members.map((m) => `${m.node} ${m.portGuid} ${m.membership}`),
          expected,
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe("nodeTaints", () => {
  it("leaves only machines for plain work open to everything", () => {
    const open = MACHINE_ROLES.filter((role) => nodeTaints({ name: "n", role }).length === 0);
    assert.deepEqual(open, ["cpu"]);
    for (const role of MACHINE_ROLES)
      for (const taint of nodeTaints({ name: "n", role })) assert.equal(taint.effect, "NoSchedule", role);
  });

  it("keeps a reserved machine for whoever is told its name, whatever its role", () => {
    for (const role of MACHINE_ROLES) {
      const node = { name: "gpu-3", role, reserved: true };
      const own = nodeTaints(node).filter(({ key }) => key === "lectern.dev/reserved");
      assert.deepEqual(own, [{ key: "lectern.dev/reserved", value: "gpu-3", effect: "NoSchedule" }]);
      assert.equal(nodeLabels(node, { gpus: [], hcas: [] })["lectern.dev/reserved"], "gpu-3");
    }
  });
});

describe("planRoom", () => {
  it("reserves the site's own P_Key and lists what the inventory has", () => {
    const room = planRoom(roomInventory(), ["base", "torch"]);
    assert.deepEqual(room.sitePkeys, [{ owner: "site", pkey: STORAGE_PKEY }]);
    assert.deepEqual(room.images, ["base", "torch"]);
    const gpu = room.machines.find((m) => m.name === "gpu-3");
    assert.deepEqual(
      [gpu?.gpus, gpu?.gpuModel, gpu?.gpuMemoryBytes, gpu?.portGuids],
      [8, "Tesla-V100-SXM2-32GB", 32 * 2 ** 30, ["0x0002c90300710131"]],
    );
    assert.equal(room.machines.find((m) => m.name === "ctl-1")?.gpus, 0);
  });
});
