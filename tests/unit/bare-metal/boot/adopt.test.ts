import assert from "node:assert/strict";
import { inventoryEntry } from "../../../../bare-metal/boot/adopt";

describe("entry of a machine that was discovered", () => {
  const where = { name: "gpu-9", bmc: "10.0.1.19", bmcUser: "lectern", address: "10.0.2.19" };

  it("holds what the machine told, in the inventory's words", () => {
    const gpu = { model: "NVIDIA-A100-SXM4-80GB", memoryBytes: 81_920 * 2 ** 20 };
    const hca = { name: "mlx5_0", guid: "0x0002c90300710110", portGuid: "0x0002c90300710111" };
    const hardware = { cpus: 64, memoryBytes: 1_081_000_000_000, gpus: [gpu, gpu], hcas: [hca] };
    assert.deepEqual(
      inventoryEntry(
        { mac: "52:54:00:71:00:19", address: "10.0.2.200", at: "2026-01-01T00:00:00Z", hardware },
        where,
      ),
      {
        name: "gpu-9",
        role: "gpu",
        bmc: { address: "10.0.1.19", user: "lectern" },
        mac: "52:54:00:71:00:19",
        address: "10.0.2.19",
        hardware: {
          cpus: 64,
          memory: "1008Gi",
          gpus: { model: "NVIDIA-A100-SXM4-80GB", count: 2, memory: "80Gi" },
          hcas: [{ ...hca, switch: "?" }],
        },
      },
    );
  });

  it("leaves out what the machine has not", () => {
    const hardware = { cpus: 2, memoryBytes: 2_074_648_576, gpus: [], hcas: [] };
    const entry = inventoryEntry(
      { mac: "52:54:00:71:00:19", address: "", at: "2026-01-01T00:00:00Z", hardware },
      where,
    );
    assert.deepEqual((entry as { hardware: object }).hardware, { cpus: 2, memory: "2Gi" });
    assert.equal((entry as { role: string }).role, "cpu");
  });
});
