import assert from "node:assert/strict";
import fc from "fast-check";
import { gpuSeconds, type Row, secondsOf } from "../../../ledger/rows";
import { budgetUse, gpuHours, sumBy } from "../../../ledger/usage";
import { courseBudgets } from "../../../ledger/budgets";
import { ownerByName, smallestSize } from "../../../ledger/surroundings";

const T0 = Date.parse("2026-10-01T00:00:00Z");
const iso = (second: number): string => new Date(T0 + second * 1_000).toISOString();
const second = fc.integer({ min: 0, max: 100_000 });
const row = fc
  .record({
    uid: fc.uuid(),
    student: fc.constantFrom("ada", "ben", ""),
    course: fc.constantFrom("x", "y"),
    count: fc.integer({ min: 1, max: 8 }),
    share: fc.constantFrom(0.25, 0.5, 1),
    from: second,
    length: fc.option(second, { nil: undefined }),
  })
  .map(({ from, length, ...rest }): Row => ({
    pod: "p",
    namespace: `course-${rest.course}`,
    size: "",
    node: "n",
    kind: "nvidia.com/gpu",
    model: "H100",
    ...rest,
    from: iso(from),
    ...(length === undefined ? {} : { to: iso(from + length) }),
  }));
const NOW = T0 + 300_000_000;

describe("ledger: usage", () => {
  it("splits a row's time over any periods without a gap or an overlap", () =>
    fc.assert(
      fc.property(row, fc.array(second, { maxLength: 5 }), (one, cuts) => {
        const edges = [-Infinity, ...cuts.map((c) => T0 + c * 1_000).sort((a, b) => a - b), Infinity];
        const parts = edges
          .slice(1)
          .map((to, i) => secondsOf(one, NOW, { from: edges[i] as number, to }))
          .reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(parts - secondsOf(one, NOW)) < 1e-6);
      }),
    ));

  it("adds up to the same whether by student, course or not at all", () =>
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const all = gpuHours(rows, NOW);
        for (const key of [(r: Row) => r.student, (r: Row) => r.course]) {
          const sum = sumBy(rows, key, NOW).reduce((total, s) => total + s.gpuHours, 0);
          assert.ok(Math.abs(sum - all) < 1e-6 * Math.max(1, all));
        }
        assert.ok(rows.every((r) => gpuSeconds(r, NOW) <= r.count * secondsOf(r, NOW)));
      }),
    ));

  it("warns at four fifths of a budget and calls it spent when it is", () => {
    assert.equal(budgetUse(5).state, "none");
    assert.equal(budgetUse(79.9, 100).state, "within");
    assert.deepEqual(budgetUse(80, 100), { usedHours: 80, budgetHours: 100, leftHours: 20, state: "low" });
    assert.equal(budgetUse(100, 100).state, "spent");
    assert.equal(budgetUse(101, 100).leftHours, 0);
    assert.equal(budgetUse(0, 0).state, "spent");
  });

  it("charges a course nothing of an earlier semester's", () => {
    const old = {
      ...fc.sample(row, 1)[0]!,
      course: "x",
      namespace: "course-x",
      from: iso(0),
      to: iso(3_600),
    };
    const rows = new Map([
      ["1", { ...old, count: 1, share: 1 }],
      ["2", { ...old, count: 2, share: 1, from: iso(7_200), to: iso(10_800) }],
    ]);
    const course = { course: "x", namespace: "course-x", since: T0 + 7_200_000, budget: 10 };
    assert.deepEqual(courseBudgets([course], rows, NOW), [
      { course: "x", namespace: "course-x", usedHours: 2, budgetHours: 10, leftHours: 8, state: "within" },
    ]);
  });

  it("tells by its name whose a pod is", () => {
    assert.equal(ownerByName("ada-train-0", ["ada", "ben"]), "ada");
    assert.equal(ownerByName("adam-train", ["ada"]), "");
    assert.equal(ownerByName("demo", ["ada"]), "");
  });

  it("finds the smallest size that a pod fits", () => {
    const size = (name: string, cpus: number, gpus: number) => ({
      name,
      cpus,
      gpus,
      memoryBytes: 2 ** 34,
      rdma: false,
      number: 1,
    });
    const sizes = [size("large", 16, 1), size("small", 4, 1), size("gang", 8, 2)];
    const pod = (cpu: string) => ({
      metadata: { name: "a", uid: "u", resourceVersion: "1" },
      spec: { containers: [{ resources: { limits: { cpu, memory: "1Gi" } } }] },
    });
    assert.equal(smallestSize(pod("4"), 1, sizes), "small");
    assert.equal(smallestSize(pod("4001m"), 1, sizes), "large");
    assert.equal(smallestSize(pod("4"), 3, sizes), "");
  });
});
