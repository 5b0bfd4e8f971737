import assert from "node:assert/strict";
import { inspect } from "node:util";
import { SECRET, SIGNATURE } from "../../../base/provider/wire";
import { machinesOf } from "../../../semester/site-machines";

const secret = (value: unknown) => ({ [SIGNATURE]: SECRET, plaintext: JSON.stringify(value) });

describe("semester: machines of a site", () => {
  it("finds the machines in a stack's state, secrets in clear wherever they are marked", () => {
    const bmc = { protocol: "ipmi", address: "127.0.0.1", password: secret("pass") };
    const found = machinesOf({
      resources: [
        { type: "pulumi:pulumi:Stack" },
        { type: "kubernetes:core/v1:Node", id: "gpu-1", inputs: {}, outputs: {} },
        {
          type: "metal:index:Machine",
          id: "gpu-1",
          inputs: { name: "gpu-1", bmc, boot: secret({ url: "http://127.0.0.1", token: "t" }) },
          outputs: { name: "gpu-1", state: "ready", runs: null, list: [secret([1, 2])] },
        },
      ],
    });
    assert.deepEqual(
      [...found],
      [
        [
          "gpu-1",
          {
            id: "gpu-1",
            inputs: {
              name: "gpu-1",
              bmc: { ...bmc, password: "pass" },
              boot: { url: "http://127.0.0.1", token: "t" },
            },
            outputs: { name: "gpu-1", state: "ready", runs: null, list: [[1, 2]] },
          },
        ],
      ],
      inspect(found, { depth: 6 }),
    );
  });

  it("finds none in a stack that was never up", () => {
    assert.equal(machinesOf({}).size, 0);
  });
});
