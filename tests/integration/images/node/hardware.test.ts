import assert from "node:assert/strict";
import { resolve } from "node:path";
import { run } from "../../../../base/run";
import { type Scratch, scratchFolder } from "../../../fixtures/scratch";

const HARDWARE = resolve(__dirname, "../../../../images/node/rootfs/usr/lib/lectern/hardware");
const ONE_GPU = "01:00.0 0302: 10de:2330 (rev a1)\n";

/** The node's program on this machine; what PCI bus and driver say is given, as there is no GPU here. */
describe("what a node reports of its hardware", () => {
  let scratch: Scratch;
  beforeEach(() => (scratch = scratchFolder("hardware")));
  afterEach(() => scratch.remove());

  async function report(bus: string, driver: string) {
    scratch.program("lspci", `#!/bin/sh\nprintf '%s' '${bus}'\n`);
    scratch.program("nvidia-smi", `#!/bin/sh\n${driver}\n`);
    const env = { ...process.env, PATH: scratch.path };
    const { stdout, stderr } = await run(["sh", HARDWARE], { env });
    return { ...(JSON.parse(stdout) as { cpus: number; memoryBytes: number; gpus: object[] }), stderr };
  }

  it("is the GPUs that the driver tells, beside processors and memory", async () => {
    const { cpus, memoryBytes, gpus } = await report(ONE_GPU, "echo 'NVIDIA H100 PCIe, 81559'");
    assert.deepEqual(gpus, [{ model: "NVIDIA-H100-PCIe", memoryBytes: 81559 * 2 ** 20 }]);
    assert.ok(cpus >= 1 && memoryBytes > 2 ** 28);
  });

  it("is no GPU, and the driver's own words, where the driver does not answer", async () => {
    const { gpus, stderr } = await report(ONE_GPU, "echo 'NVIDIA-SMI has failed'; exit 9");
    assert.deepEqual(gpus, []);
    assert.match(stderr, /1 GPUs of NVIDIA, whose driver does not answer: NVIDIA-SMI has failed/);
  });

  it("asks no driver on a machine without a GPU", async () => {
    const { gpus, stderr } = await report("", "echo asked >&2; exit 9");
    assert.deepEqual([gpus, stderr], [[], ""]);
  });
});
