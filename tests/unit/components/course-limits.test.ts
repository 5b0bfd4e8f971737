import assert from "node:assert/strict";
import { CourseLimits } from "../../../components/course-limits";
import type { StudentLimits } from "../../../components/plan/allocation";
import { type InstanceSize, sizeQuotas } from "../../../components/plan/instance-sizes";
import type { PolicyObject } from "../../../policies/rule";
import { SECRETS, declare } from "../../fixtures/pulumi-mocks";

const SIZES = [
  { name: "cpu", cpus: 4, memory: "16Gi", gpus: 0, rdma: false, quota: 3 },
  { name: "gpu", cpus: 4, memory: "16Gi", gpus: 1, rdma: false },
];
const NOTEBOOK = { name: "notebook", cpus: 1, memory: "4Gi", gpus: 0, rdma: false };

interface Quota extends PolicyObject {
  readonly spec: {
    readonly hard: Readonly<Record<string, string>>;
    readonly scopeSelector: { readonly matchExpressions: readonly { readonly values: string[] }[] };
  };
}

/** What a course declares for its students, by key. */
async function objectsOf(
  students: readonly string[],
  limits?: StudentLimits,
  course = "cxr",
  asked: readonly { readonly name: string; readonly number: number }[] = [],
  sizes: readonly InstanceSize[] = SIZES,
): Promise<Readonly<Record<string, PolicyObject>>> {
  const plan = {
    sizeQuotas: sizeQuotas(sizes, { gpus: 8, pods: 50 }),
    ...(limits && { studentLimits: limits }),
  };
  const args = {
    course,
    namespace: `course-${course}`,
    kubeconfig: SECRETS.kubeconfig,
    labels: {},
    plan,
    students,
    asked,
  };
  const declared = await declare(() => new CourseLimits(course, args));
  const [bundle, ...others] = declared.all("metal:index:KubernetesObjects");
  assert.deepEqual(others, []);
  return bundle?.inputs["objects"] as Record<string, PolicyObject>;
}
const classesOf = (object: PolicyObject | undefined) =>
  (object as Quota).spec.scopeSelector.matchExpressions[0]?.values ?? [];

describe("CourseLimits", () => {
  it("bounds the pods of each size by its class, and leaves students alone without limits", async () => {
    const objects = await objectsOf(["ada"]);
    assert.deepEqual(Object.keys(objects), ["size-cpu/quota", "size-gpu/quota"]);
    assert.deepEqual(classesOf(objects["size-gpu/quota"]), ["lectern-size.2"]);
    assert.deepEqual((objects["size-cpu/quota"] as Quota).spec.hard, { pods: "3" });
    assert.deepEqual((objects["size-gpu/quota"] as Quota).spec.hard, { pods: "8" });
  });

  it("has no second quota for a size that may have all pods of the course", async () => {
    const objects = await objectsOf(["ada"], undefined, "cxr", [], [NOTEBOOK, ...SIZES]);
    assert.deepEqual(Object.keys(objects), ["size-cpu/quota", "size-gpu/quota"]);
    assert.deepEqual(classesOf(objects["size-cpu/quota"]), ["lectern-size.2"], "sizes keep their numbers");
  });

  it("bounds what each student holds, over all of the student's classes", async () => {
    const objects = await objectsOf(["ada"], { gpus: 2, cpus: 8, memory: "64Gi", pods: 4 });
    const quota = objects["ada/quota"] as Quota;
    assert.deepEqual(quota.spec.hard, {
      "requests.nvidia.com/gpu": "2",
      "requests.cpu": "8",
      "requests.memory": "64Gi",
      pods: "4",
    });
    const classes = ["ada/class-1", "ada/class-2"].map((key) => objects[key]?.metadata?.name);
    assert.deepEqual(classesOf(quota), classes);
  });

  it("touches nobody else's objects when one student joins, but the quota of a size that the course chose", async () => {
    const before = await objectsOf(["ada", "ben"], { gpus: 2 });
    const after = await objectsOf(["ada", "ben", "cem"], { gpus: 2 });
    const touched = Object.keys(after).filter(
      (key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]),
    );
    assert.deepEqual(touched.sort(), ["cem/class-1", "cem/class-2", "cem/quota", "size-cpu/quota"]);
    assert.ok(Object.keys(before).every((key) => key in after));
    assert.ok(!("size-gpu/quota" in after), "a size that nobody bounds needs no list of students");
  });

  it("says which sizes are asked for, and by whom, where there are such sizes, and no more in those maps", async () => {
    const objects = await objectsOf(["ada", "ben"], undefined, "cxr", [{ name: "gpu", number: 2 }]);
    const { approvals, asks } = objects as Record<string, PolicyObject & { readonly data?: object }>;
    assert.equal(approvals?.metadata?.name, "size-approvals");
    assert.deepEqual(approvals?.data, { sizes: "2=gpu", students: "ada ben" });
    assert.equal(asks?.metadata?.name, "size-asks");
    assert.equal(asks?.data, undefined);
  });

  it("gives every student of every course classes of their own, short enough for a quota's selector", async () => {
    const long = "s".repeat(32);
    const courses = [
      await objectsOf(["ada", long], { pods: 1 }),
      await objectsOf(["ada", long], { pods: 1 }, "c".repeat(43)),
    ];
    const names = courses
      .flatMap((objects) => Object.values(objects))
      .filter(({ kind }) => kind === "PriorityClass")
      .map(({ metadata }) => metadata?.name ?? "");
    assert.equal(new Set(names).size, 8);
    // Kubernetes takes a label's value, of 63 characters, for a class there.
    for (const name of names) assert.match(name, /^(?=.{1,63}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
  });
});
