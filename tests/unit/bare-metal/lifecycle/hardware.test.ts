import assert from "node:assert/strict";
import { compareHardware } from "../../../../bare-metal/lifecycle";
import { machineInputs } from "../../../fixtures/machine-inputs";

const { expected } = machineInputs();
const paths = (found: object) =>
  compareHardware("gpu-1", expected, { ...expected, ...found }).map((f) => f.path);

describe("comparison of hardware", () => {
  it("finds nothing wrong with what is as expected", () => assert.deepEqual(paths({}), []));

  it("allows for memory that firmware and kernel keep, not for a missing module", () => {
    assert.deepEqual(paths({ memoryBytes: expected.memoryBytes * 0.97 }), []);
    assert.deepEqual(paths({ memoryBytes: expected.memoryBytes * 0.875 }), ["gpu-1.memoryBytes"]);
    assert.deepEqual(paths({ memoryBytes: expected.memoryBytes * 2 }), ["gpu-1.memoryBytes"]);
  });

  it("finds a GPU that is missing, one too many, and another model", () => {
    const [gpu] = expected.gpus;
    assert.deepEqual(paths({ gpus: [] }), ["gpu-1.gpus"]);
    assert.deepEqual(paths({ gpus: [gpu, gpu] }), ["gpu-1.gpus"]);
    assert.deepEqual(paths({ gpus: [{ ...gpu, model: "Tesla-T4" }] }), ["gpu-1.gpus[0].model"]);
  });

  it("finds an HCA that is missing, unexpected, or another one: partitions go by its GUID", () => {
    const [hca] = expected.hcas;
    assert.deepEqual(paths({ hcas: [] }), ["gpu-1.hcas.mlx5_0"]);
    assert.deepEqual(paths({ hcas: [hca, { ...hca, name: "mlx5_1" }] }), ["gpu-1.hcas.mlx5_1"]);
    assert.deepEqual(paths({ hcas: [{ ...hca, portGuid: "0x0002c903008400ff" }] }), [
      "gpu-1.hcas.mlx5_0.portGuid",
    ]);
  });

  it("reports all of it at once", () => {
    assert.deepEqual(paths({ cpus: 2, gpus: [], hcas: [] }), [
      "gpu-1.cpus",
      "gpu-1.gpus",
      "gpu-1.hcas.mlx5_0",
    ]);
  });
});
