import assert from "node:assert/strict";
import { waitFor } from "../../../base/wait";
import type { CourseRequest } from "../../../components/plan/course-plan";
import { create, dryRun, read, reference } from "../../fixtures/policies/calls";
import { Cluster } from "../../fixtures/policies/cluster";
import { declaredCourse, ruleObjects, volcanoObjects } from "../../fixtures/policies/declared";
import { job, pod, type PodChanges } from "../../fixtures/policies/objects";
import { roomNodes } from "../../fixtures/policies/nodes";
import { Volcano } from "../../fixtures/policies/volcano";
import { roomInventory } from "../../fixtures/room";

interface Placed {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string; readonly priorityClassName?: string };
}

const common: CourseRequest = {
  gpus: { guarantee: 0, capability: 4 },
  teachers: ["curie"],
  assistants: [],
  roster: [{ id: "ada" }, { id: "ben" }],
  seats: 0,
  datasets: [],
  homeSize: "1Gi",
  sizes: [
    { name: "cpu", cpus: 4, memory: "16Gi", gpus: 0, rdma: false, quota: 3 },
    { name: "notebook", cpus: 4, memory: "16Gi", gpus: 1, rdma: false },
  ],
  images: ["base"],
};
/** A room in which two machines are kept for groups. */
const room = (() => {
  const inventory = roomInventory();
  const machines = inventory.machines.map((m) => ({ ...m, reserved: ["gpu-3", "gpu-4"].includes(m.name) }));
  return { ...inventory, machines };
})();
const COURSES: Readonly<Record<string, CourseRequest>> = {
  plain: common,
  limited: { ...common, allocation: { mode: "per-user", gpus: 2, pods: 3 } },
  grouped: {
    ...common,
    gpus: { guarantee: 0 },
    roster: [
      { id: "ada", group: "red" },
      { id: "ben", group: "blue" },
    ],
    allocation: { mode: "group-share", groups: { red: ["gpu-3"], blue: ["gpu-4"] } },
  },
};

describe("limits of sizes, students and groups at a real API server and scheduler", function () {
  this.timeout(240_000);
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start("127.88.6.1");
    const site = [
      ...volcanoObjects(process.env.LECTERN_VOLCANO_CHART ?? ""),
      ...(await ruleObjects()),
      ...roomNodes(room),
    ];
    for (const object of site) await cluster.store(object);
    await cluster.untilPoliciesHold();
    for (const [name, request] of Object.entries(COURSES)) {
      for (const object of await declaredCourse(name, request, room)) {
        const stored = () => cluster.store(object).then(() => true);
        await waitFor(`${object.kind} ${object.metadata?.name ?? ""}`, stored, { timeout: 30_000 });
      }
      // Kubernetes counts a quota some time after it was made, and until then takes nothing that it is about.
      const counted = async () => {
        const { body } = await cluster.must(read(reference("v1", "ResourceQuota", `course-${name}`)));
        const quotas = body["items"] as {
          readonly spec: { hard: object };
          readonly status?: { used?: object };
        }[];
        const isCounted = ({ spec, status }: (typeof quotas)[number]) =>
          Object.keys(spec.hard).every((name) => name in (status?.used ?? {}));
        return quotas.every(isCounted) || undefined;
      };
      await waitFor(`quotas of ${name} counted`, counted, { timeout: 120_000 });
    }
  });
  after(() => cluster?.stop());

  /** The quota controller counts some time after pods came or went, and may know of one less for a moment. */
  const untilCpuSizeCounts = async (course: string, pods: string): Promise<void> => {
    const quota = read(reference("v1", "ResourceQuota", `course-${course}`, "size-cpu"));
    const counted = async () => {
      const { body } = await cluster.must(quota);
      return (body["status"] as { used: { pods: string } }).used.pods === pods || undefined;
    };
    await waitFor(`the quota size-cpu of ${course} counts ${pods} pods`, counted, { timeout: 60_000 });
  };

  /** Asks for a pod in somebody's name. */
  const ask = (course: string, account: string, name: string, changes: PodChanges = {}) => {
    const namespace = `course-${course}`;
    const queue = { "scheduling.volcano.sh/queue-name": namespace };
    const object = pod({
      ...changes,
      metadata: { name, namespace, annotations: queue, ...changes.metadata },
    });
    const by = { user: `system:serviceaccount:${namespace}:${account}`, group: "system:serviceaccounts" };
    return cluster.send(create(object), by);
  };
  const classOf = (answer: { readonly body: unknown }) =>
    (answer.body as { spec?: { priorityClassName?: string } }).spec?.priorityClassName;

  it("counts each size by itself: one above its quota is refused, other sizes still start", async () => {
    for (const i of [1, 2, 3]) {
      const answer = await ask("plain", "student-ada", `ada-cpu-${i}`, { size: "cpu" });
      assert.equal(answer.status, 201, answer.message);
      assert.equal(classOf(answer), "lectern-size.1");
    }
    const above = await ask("plain", "student-ben", "ben-cpu", { size: "cpu" });
    assert.equal(above.status, 403);
    assert.match(above.message, /exceeded quota: size-cpu, requested: pods=1, used: pods=3, limited: pods=3/);
    const other = await ask("plain", "student-ben", "ben-gpu", { size: "notebook" });
    assert.equal(other.status, 201, other.message);
    assert.equal(classOf(other), "lectern-size.2");
  });

  it("counts a pod that names the class of another size for that size, and no class that is not its own", async () => {
    const named = (priorityClassName: string) =>
      ask("plain", "student-ben", "ben-named", { size: "notebook", spec: { priorityClassName } });
    assert.match((await named("lectern-size.1")).message, / instance-sizes: /);
    assert.match((await named("system-node-critical")).message, / priority: |forbidden/);
    const larger = await ask("plain", "student-ben", "ben-large", {
      size: "cpu",
      spec: { priorityClassName: "lectern-size.2" },
    });
    assert.equal(larger.status, 201, larger.message);
  });

  it("holds for a Deployment: its controller makes no more pods than the size's quota", async () => {
    const template = pod({ size: "cpu", metadata: { namespace: "course-grouped", annotations: undefined } });
    const inTemplate = ([field]: [string, unknown]) =>
      !["activeDeadlineSeconds", "restartPolicy"].includes(field);
    const spec = Object.fromEntries(Object.entries(template.spec as object).filter(inTemplate));
    const labels = { app: "demo" };
    await cluster.must(
      create({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "demo", namespace: "course-grouped" },
        spec: {
          replicas: 4,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { ...spec, schedulerName: "default-scheduler" } },
        },
      }),
    );
    const failed = await waitFor(
      "the fourth pod refused",
      async () => {
        const { body } = await cluster.must(read(reference("apps/v1", "ReplicaSet", "course-grouped")));
        const [set] = body["items"] as {
          status?: { replicas?: number; conditions?: { message?: string }[] };
        }[];
        const refused = set?.status?.conditions?.find(({ message }) =>
          message?.includes("exceeded quota: size-cpu"),
        );
        return refused && set?.status?.replicas === 3 ? set : undefined;
      },
      { timeout: 60_000 },
    );
    assert.equal(failed.status?.replicas, 3);
  });

  it("bounds what one student holds, and leaves the others alone", async () => {
    for (const i of [1, 2]) {
      const answer = await ask("limited", "student-ada", `ada-gpu-${i}`);
      assert.equal(answer.status, 201, answer.message);
      assert.match(classOf(answer) ?? "", /^lectern-[0-9a-f]{8}\.ada\.2$/);
    }
    const above = await ask("limited", "student-ada", "ada-gpu-3");
    assert.match(above.message, /exceeded quota: student-ada, requested: requests.nvidia.com\/gpu=1/);
    const third = await ask("limited", "student-ada", "ada-cpu", { size: "cpu" });
    assert.equal(third.status, 201, third.message);
    const fourth = await ask("limited", "student-ada", "ada-more", { size: "cpu" });
    assert.match(
      fourth.message,
      /exceeded quota: student-ada, requested: pods=1, used: pods=3, limited: pods=3/,
    );
    const ben = await ask("limited", "student-ben", "ben-gpu");
    assert.equal(ben.status, 201, ben.message);
  });

  it("counts a student's pod for the student, whoever makes it, and lets no one be counted for another", async () => {
    const made = await ask("limited", "teacher-curie", "ada-from-curie", { size: "cpu" });
    assert.match(made.message, /exceeded quota: student-ada/);
    const own = await ask("limited", "teacher-curie", "demo", { size: "cpu" });
    assert.equal(classOf(own), "lectern-size.1", own.message);
    const classOfBen = classOf(await ask("limited", "student-ben", "ben-cpu", { size: "cpu" })) ?? "";
    for (const priorityClassName of [classOfBen, "lectern-size.1"]) {
      const other = await ask("limited", "student-ada", "ada-hidden", {
        size: "cpu",
        spec: { priorityClassName },
      });
      assert.match(other.message, / priority: /, priorityClassName);
    }
  });

  it("holds the quota of a size over all students together", async () => {
    await untilCpuSizeCounts("limited", "3");
    const above = await ask("limited", "student-ben", "ben-cpu-2", { size: "cpu" });
    assert.match(above.message, /exceeded quota: size-cpu/);
  });

  it("brings a group's pods to its machines, and nobody else's", async () => {
    // All machines of the room but those of the control plane have GPUs.
    const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists" }];
    const onDefault = { size: "cpu" as const, spec: { schedulerName: "default-scheduler", tolerations } };
    const placed = async (course: string, account: string, name: string) => {
      const answer = await ask(course, account, name, onDefault);
      assert.equal(answer.status, 201, answer.message);
      return waitFor(
        `${name} placed`,
        async () => {
          const { body } = await cluster.must(read(reference("v1", "Pod", `course-${course}`, name)));
          return (body["spec"] as { nodeName?: string }).nodeName;
        },
        { timeout: 30_000 },
      );
    };
    await cluster.must({
      method: "DELETE",
      path: "/apis/apps/v1/namespaces/course-grouped/deployments/demo",
    });
    await waitFor(
      "the Deployment's pods gone",
      async () => {
        const { body } = await cluster.must(read(reference("v1", "Pod", "course-grouped")));
        return (body["items"] as unknown[]).length === 0 || undefined;
      },
      { timeout: 60_000 },
    );
    await untilCpuSizeCounts("grouped", "0");
    assert.equal(await placed("grouped", "student-ada", "ada-here"), "gpu-3");
    assert.equal(await placed("grouped", "student-ben", "ben-here"), "gpu-4");
    assert.ok(!["gpu-3", "gpu-4"].includes(await placed("grouped", "teacher-curie", "demo")));
  });

  it("lets no student reach the machine of another group", async () => {
    const reserved = "lectern.dev/reserved";
    const toward = (machine: string) => ({
      spec: { tolerations: [{ key: reserved, operator: "Equal", value: machine }] },
    });
    const other = await ask("grouped", "student-ada", "ada-there", { size: "cpu", ...toward("gpu-4") });
    assert.match(other.message, / group-machines: /);
    const stranger = await ask("plain", "student-ada", "ada-there", { ...toward("gpu-3") });
    assert.match(stranger.message, / group-machines: /);
    const elsewhere = { matchExpressions: [{ key: "kubernetes.io/os", operator: "Exists" }] };
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [elsewhere] } },
    };
    const away = await ask("grouped", "student-ada", "ada-away", { size: "cpu", spec: { affinity } });
    assert.match(away.message, / group-machines: /);
  });

  describe("with Volcano's own scheduler and controllers", () => {
    let volcano: Volcano;
    before(async () => {
      volcano = await Volcano.start(cluster, "127.88.6.2");
    });
    after(() => volcano?.stop());

    const ask = (course: string, student: string, replicas: number) => {
      const namespace = `course-${course}`;
      const gang = job({
        size: "notebook",
        metadata: { name: `${student}-gang`, namespace },
        spec: { queue: namespace, minAvailable: 1 },
        task: { replicas },
      });
      const by = {
        user: `system:serviceaccount:${namespace}:student-${student}`,
        group: "system:serviceaccounts",
      };
      return cluster.send(create(gang), by);
    };
    const run = async (course: string, student: string, replicas: number) => {
      const answer = await ask(course, student, replicas);
      assert.equal(answer.status, 201, answer.message);
      const namespace = `course-${course}`;
      const pods = async () => {
        const { body } = await cluster.must(read(reference("v1", "Pod", namespace)));
        return (body["items"] as Placed[]).filter(({ metadata }) =>
          metadata.name.startsWith(`${student}-gang-`),
        );
      };
      return pods;
    };

    it("runs a group's gang with GPUs on the group's machine", async () => {
      const pods = await run("grouped", "ada", 2);
      const placed = await waitFor(
        "both pods placed",
        async () => {
          const found = await pods();
          return found.length === 2 && found.every(({ spec }) => spec.nodeName !== undefined)
            ? found
            : undefined;
        },
        { timeout: 90_000 },
      );
      assert.deepEqual(
        placed.map(({ spec }) => spec.nodeName),
        ["gpu-3", "gpu-3"],
      );
    });

    it("refuses a gang above its student's limits as a whole, and counts another's pods for the student", async () => {
      for (const name of ["ben-gpu", "ben-cpu"])
        await cluster.must({
          method: "DELETE",
          path: `/api/v1/namespaces/course-limited/pods/${name}?gracePeriodSeconds=0`,
        });
      const refused = await ask("limited", "ben", 3);
      assert.equal(refused.status, 422);
      assert.match(
        refused.message,
        /job-within-limits: Job ben-gang, ben's requests\.nvidia\.com\/gpu: 3, of 2: the job asks for more than its student/,
      );
      const pods = await run("limited", "ben", 2);
      const made = await waitFor(
        "two pods made",
        async () => {
          const found = await pods();
          return found.length === 2 ? found : undefined;
        },
        { timeout: 90_000 },
      );
      for (const { spec } of made) assert.match(spec.priorityClassName ?? "", /\.ben\.2$/);
      const { body } = await cluster.must(
        read(reference("v1", "ResourceQuota", "course-limited", "student-ben")),
      );
      assert.equal((body["status"] as { used: Record<string, string> }).used["requests.nvidia.com/gpu"], "2");
    });
  });

  it("takes what is filled in as the API server would store it (dry run of a GPU pod)", async () => {
    const queue = { "scheduling.volcano.sh/queue-name": "course-grouped" };
    const object = pod({ metadata: { name: "ada-gpu", namespace: "course-grouped", annotations: queue } });
    const { body } = await cluster.must(dryRun(create(object)));
    const { tolerations } = body["spec"] as { tolerations: { key: string; value?: string }[] };
    assert.ok(tolerations.some(({ key, value }) => key === "lectern.dev/reserved" && value === "gpu-3"));
  });
});
