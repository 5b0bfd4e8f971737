import assert from "node:assert/strict";
import { bytesOf, countGpus, describeGpus, roomMachines } from "../../../../components/plan/room";
import { roomInventory } from "../../../fixtures/room";

describe("describeGpus", () => {
  it("adds up the GPUs of each model, and says so when there are none", () => {
    const machines = roomMachines(roomInventory());
    assert.equal(describeGpus(machines), "16 × NVIDIA-A100-SXM4-80GB, 16 × Tesla-V100-SXM2-32GB");
    assert.equal(countGpus(machines), 32);
    const without = machines.filter((m) => m.role !== "gpu");
    assert.deepEqual([describeGpus(without), countGpus(without)], ["none", 0]);
  });
});

describe("bytesOf", () => {
  it("reads a size, and refuses what the schema should have caught", () => {
    assert.equal(bytesOf("80Gi"), 80 * 2 ** 30);
    assert.throws(() => bytesOf("80 GB"), RangeError);
  });
});
