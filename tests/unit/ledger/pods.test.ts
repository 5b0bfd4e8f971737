import assert from "node:assert/strict";
import { boundAt, gpuHoldings, type LedgerPod, releasedAt } from "../../../ledger/pods";

const NODE = { "nvidia.com/gpu.product": "H100", "nvidia.com/gpu.memory": "81920" };
const AT = (second: number): string => `2026-10-01T10:00:${String(second).padStart(2, "0")}Z`;

function pod(spec: Partial<LedgerPod["spec"]>, metadata: object = {}, status: object = {}): LedgerPod {
  return {
    metadata: {
      name: "ada-train",
      namespace: "course-x",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: AT(0),
      ...metadata,
    },
    spec: { nodeName: "gpu-1", containers: [], ...spec },
    status: {
      phase: "Running",
      conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: AT(5) }],
      ...status,
    },
  };
}
const asking = (limits: Record<string, string>, more: object = {}) => ({ resources: { limits }, ...more });
const ended = (second: number) => ({ state: { terminated: { finishedAt: AT(second) } } });

describe("ledger: what a pod holds", () => {
  it("counts whole GPUs of all containers together", () => {
    const two = asking({ "nvidia.com/gpu": "2" });
    assert.deepEqual(gpuHoldings(pod({ containers: [two, two] }), NODE), [
      { kind: "nvidia.com/gpu", model: "H100", count: 4, share: 1 },
    ]);
  });

  it("takes the most that is in use at once of init containers and sidecars", () => {
    const initContainers = [
      asking({ "nvidia.com/gpu": "1" }, { restartPolicy: "Always" }),
      asking({ "nvidia.com/gpu": "4" }),
    ];
    const [holding] = gpuHoldings(pod({ initContainers, containers: [asking({ "nvidia.com/gpu": "2" })] }));
    assert.deepEqual([holding?.count, holding?.model], [5, "unknown"]);
  });

  it("measures MIG and slices by their part of the memory, a row a kind", () => {
    const mig = pod({
      containers: [asking({ "nvidia.com/mig-2g.20gb": "1", "nvidia.com/mig-1g.10gb": "2" })],
    });
    const holdings = gpuHoldings(mig, NODE);
    assert.deepEqual(
      holdings.map(({ kind, count }) => [kind, count]),
      [
        ["nvidia.com/mig-1g.10gb", 2],
        ["nvidia.com/mig-2g.20gb", 1],
      ],
    );
    assert.ok(Math.abs((holdings[1]?.share ?? 0) - 20e9 / (81920 * 2 ** 20)) < 1e-9);
    const slice = (limits: Record<string, string>) =>
      gpuHoldings(pod({ containers: [asking({ "nvidia.com/gpu": "1", ...limits })] }), NODE)[0]?.share;
    assert.equal(slice({ "nvidia.com/gpumem": "20480" }), 0.25);
    assert.equal(slice({ "nvidia.com/gpumem-percentage": "40" }), 0.4);
    assert.equal(slice({ "nvidia.com/gpumem": "999999" }), 1);
  });

  it("leaves pods without GPUs out", () => {
    assert.deepEqual(gpuHoldings(pod({ containers: [asking({ cpu: "4", "nvidia.com/gpu": "0" })] })), []);
  });
});

describe("ledger: from when to when", () => {
  it("begins when the API server bound the pod", () => {
    assert.equal(boundAt(pod({})), AT(5));
    assert.equal(boundAt(pod({ nodeName: undefined as never })), undefined);
    assert.equal(boundAt(pod({}, {}, { conditions: [] })), AT(0));
  });

  it("ends with the last container", () => {
    const containerStatuses = [ended(20), ended(30)];
    assert.equal(releasedAt(pod({}, {}, { phase: "Succeeded", containerStatuses })), AT(30));
    const deletion = { deletionTimestamp: AT(50), deletionGracePeriodSeconds: 0 };
    assert.equal(releasedAt(pod({}, deletion, { phase: "Failed", containerStatuses })), AT(30));
  });

  it("goes on while a deleted pod is waited for, and ends with the deletion where no container told", () => {
    const running = { containerStatuses: [{ state: {} }] };
    const waiting = { deletionTimestamp: AT(50), deletionGracePeriodSeconds: 30 };
    assert.equal(releasedAt(pod({}, waiting, running)), undefined);
    assert.equal(releasedAt(pod({}, { ...waiting, deletionGracePeriodSeconds: 0 }, running)), AT(50));
  });

  it("ends a pod that its node refused when that was written down", () => {
    const managedFields = [{ subresource: "status", time: AT(8) }, { time: AT(40) }];
    assert.equal(releasedAt(pod({}, { managedFields }, { phase: "Failed" })), AT(8));
  });

  it("does not end while it runs", () => assert.equal(releasedAt(pod({})), undefined));
});
