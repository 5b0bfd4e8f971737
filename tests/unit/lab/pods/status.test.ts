import assert from "node:assert/strict";
import type { Condition, Pod, PodStatus } from "../../../../lab/pods/objects";
import { podStatus, type Observed } from "../../../../lab/pods/status";

const [EARLIER, NOW] = ["2030-01-01T00:00:00Z", "2030-01-01T00:01:00Z"];

function pod(status: PodStatus = {}): Pod {
  const metadata = { name: "p", uid: "u", resourceVersion: "1" };
  return { metadata, spec: { containers: [{ name: "c", image: "i" }] }, status };
}

const running = (ready: boolean): Observed => ({
  state: { kind: "running", startedAt: EARLIER, ready },
  restarts: 0,
});
const conditions = (status: Record<string, unknown>): Condition[] => status["conditions"] as Condition[];
const ready = (status: Record<string, unknown>): string | undefined =>
  conditions(status).find((c) => c.type === "Ready")?.status;

describe("a pod's status", () => {
  it("is Running but not Ready until the program answers", () => {
    const status = podStatus(pod(), running(false), NOW);
    assert.deepEqual([status["phase"], ready(status)], ["Running", "False"]);
    assert.equal(ready(podStatus(pod(), running(true), NOW)), "True");
  });

  it("keeps others' conditions, and the time of one that has not changed", () => {
    const before: Condition[] = [
      { type: "PodScheduled", status: "True", lastTransitionTime: EARLIER },
      { type: "Ready", status: "True", lastTransitionTime: EARLIER },
      { type: "ContainersReady", status: "False", lastTransitionTime: EARLIER },
    ];
    const after = conditions(podStatus(pod({ conditions: before }), running(true), NOW));
    assert.deepEqual(Object.fromEntries(after.map((c) => [c.type, c.lastTransitionTime])), {
      PodScheduled: EARLIER,
      Initialized: NOW,
      ContainersReady: NOW,
      Ready: EARLIER,
    });
  });

  it("never goes back from Running to Pending while it waits for a restart", () => {
    const state = { kind: "waiting", reason: "CrashLoopBackOff", message: "" } as const;
    assert.equal(podStatus(pod(), { state, restarts: 0 }, NOW)["phase"], "Pending");
    const status = podStatus(pod({ phase: "Running" }), { state, restarts: 1 }, NOW);
    assert.deepEqual([status["phase"], ready(status)], ["Running", "False"]);
  });

  for (const [code, phase] of [
    [0, "Succeeded"],
    [3, "Failed"],
  ] as const) {
    it(`is ${phase} after exit status ${code}`, () => {
      const state = { kind: "ended", startedAt: EARLIER, finishedAt: NOW, code } as const;
      const status = podStatus(pod({ phase: "Running" }), { state, restarts: 0 }, NOW);
      assert.deepEqual([status["phase"], ready(status)], [phase, "False"]);
    });
  }
});
