import assert from "node:assert/strict";
import { creatorOf, type QueuedPod, queueOf, usageOf } from "../../../cli/course-queue";

const NOW = Date.parse("2026-10-05T10:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();
interface Given {
  readonly job?: string;
  readonly phase?: string;
  readonly created: number;
  readonly started?: number;
  readonly priority?: number;
  readonly deadline?: number;
}
const pod = (
  name: string,
  { job, phase = "Pending", created, started, priority, deadline }: Given,
): QueuedPod => ({
  metadata: {
    name,
    uid: name,
    resourceVersion: "1",
    creationTimestamp: ago(created),
    ...(job === undefined ? {} : { labels: { "volcano.sh/job-name": job } }),
  },
  spec: {
    ...(started === undefined ? {} : { nodeName: "gpu-1" }),
    ...(priority === undefined ? {} : { priority }),
    ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
    containers: [{ resources: { limits: { cpu: "1500m", memory: "2Gi", "nvidia.com/gpu": "2" } } }],
  },
  status: { phase, ...(started === undefined ? {} : { startTime: ago(started) }) },
});
const PEOPLE = ["curie", "ada", "ben"];
const PODS = [
  pod("ben-b-worker-0", { job: "ben-b", created: 50 }),
  pod("ada-late", { created: 10 }),
  pod("ada-run-worker-0", { job: "ada-run", phase: "Running", created: 100, started: 60, deadline: 3_600 }),
  pod("ada-run-worker-1", { job: "ada-run", phase: "Running", created: 100, started: 55, deadline: 3_600 }),
  pod("curie-first", { created: 5, priority: 10 }),
  pod("ben-old", { phase: "Succeeded", created: 900, started: 800 }),
];

describe("the queue of a course", () => {
  it("shows what runs, then what waits by priority and age, then what ended", () => {
    assert.deepEqual(
      queueOf(PODS, PEOPLE, NOW).map((e) => [
        e.order,
        e.creator,
        e.task,
        e.status,
        e.pods,
        e.gpus,
        e.waiting,
        e.running,
        e.left,
      ]),
      [
        [undefined, "ada", "ada-run", "running", 2, 4, 40, 60, 3_540],
        [1, "curie", "curie-first", "waiting", 1, 2, 5, 0, undefined],
        [2, "ben", "ben-b", "waiting", 1, 2, 50, 0, undefined],
        [3, "ada", "ada-late", "waiting", 1, 2, 10, 0, undefined],
        [undefined, "ben", "ben-old", "done", 1, 2, 100, 0, undefined],
      ],
    );
  });

  it("counts for each person what is placed and has not ended", () => {
    assert.deepEqual(usageOf(PODS, PEOPLE), [
      { person: "ada", pods: 2, cpus: 3, memoryBytes: 4 * 2 ** 30, gpus: 4 },
      { person: "ben", pods: 0, cpus: 0, memoryBytes: 0, gpus: 0 },
      { person: "curie", pods: 0, cpus: 0, memoryBytes: 0, gpus: 0 },
    ]);
  });

  it("takes nobody for the creator of what is called after nobody", () => {
    assert.equal(creatorOf("adam-train", PEOPLE), "");
    assert.equal(creatorOf("ada", PEOPLE), "");
  });
});
