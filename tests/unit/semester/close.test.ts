import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { silentProgress } from "../../../base/progress";
import { closeSemester, type CloseResult, MACHINES } from "../../../semester/close";
import { type Entry, Journal, journaledPlan } from "../../../semester/journal";
import {
  allSteps,
  type ClosePlan,
  courseSteps,
  machineSteps,
  planClose,
  stepName,
} from "../../../semester/plan";
import { scratchFolder } from "../../fixtures/scratch";
import { killable, KillSwitch, RoomInMemory } from "../../fixtures/semester-in-memory";

const PLAN: ClosePlan = {
  semester: "2026-autumn",
  courses: [
    { name: "cxr", homes: ["ada", "ben"], machines: ["gpu-1", "gpu-2"] },
    { name: "seg", homes: ["eva"], machines: ["gpu-2"] },
  ],
  machines: ["gpu-1", "gpu-2"],
};

/** Kills are of the process here, not of the machine: the disk need not be waited for. */
const openJournal = (dir: string): Journal => Journal.open(join(dir, "close.jsonl"), () => undefined);

/** One run over a room and the journal in a folder, as a new process would make it. */
async function close(
  room: RoomInMemory,
  dir: string,
  kill = new KillSwitch(),
  parallel = 1,
): Promise<CloseResult> {
  const journal = openJournal(dir);
  try {
    return await closeSemester(room.plan, {
      journal: killable(journal, kill),
      backend: room.backend(kill),
      progress: silentProgress,
      parallel,
    });
  } finally {
    journal.close();
  }
}

function inScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const { dir, remove } = scratchFolder("semester");
  return work(dir).finally(remove);
}

function isClosed(room: RoomInMemory): void {
  assert.deepEqual(room.lost(), []);
  for (const [name, course] of room.courses) {
    const { homes, ...left } = course;
    assert.deepEqual(
      { ...left, homes: homes.size },
      {
        frozen: true,
        pods: 0,
        codes: false,
        tokens: false,
        keys: false,
        namespace: false,
        pkey: false,
        homes: 0,
      },
      name,
    );
    assert.ok(room.exported.has(name));
  }
  assert.deepEqual([...room.released].sort(), [...room.plan.machines].sort());
  for (const [effect, count] of room.effects) assert.equal(count, 1, effect);
}

const entries = (dir: string): Entry[] =>
  readFileSync(join(dir, "close.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry);

describe("semester: close", () => {
  it("does every step, once, and has written each down before and after", () =>
    inScratch(async (dir) => {
      const room = new RoomInMemory(PLAN);
      const result = await close(room, dir);
      assert.equal(result.closed, true);
      isClosed(room);
      const names = PLAN.courses.flatMap(courseSteps).map(stepName);
      const said = entries(dir).flatMap((e) => (e.entry === "plan" ? ["plan"] : [`${e.entry} ${e.step}`]));
      const machines = machineSteps(PLAN).map(stepName);
      assert.deepEqual(said, [
        "plan",
        ...names.flatMap((name) => [`begin ${name}`, `done ${name}`]),
        // Side by side: none needs another.
        ...machines.map((name) => `begin ${name}`),
        ...machines.map((name) => `done ${name}`),
      ]);
    }));

  it("loses nothing and does nothing twice, killed at each boundary and run again", async () => {
    const all = new KillSwitch();
    await inScratch((dir) => close(new RoomInMemory(PLAN), dir, all));
    assert.ok(all.passed > 100, `${all.passed} boundaries`);
    for (let at = 0; at < all.passed; at++) {
      await inScratch(async (dir) => {
        const room = new RoomInMemory(PLAN);
        const first = await close(room, dir, new KillSwitch(at)).catch(() => undefined);
        assert.notEqual(first?.closed, true, `killed at ${at}`);
        assert.deepEqual(room.lost(), [], `killed at ${at}`);
        const second = await close(room, dir);
        assert.deepEqual(
          second.lanes.filter((lane) => lane.error),
          [],
          `killed at ${at}`,
        );
        isClosed(room);
      });
    }
  });

  it("holds for any semester, kills in any number, late writes and courses side by side", () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 }).chain((names) =>
          fc.tuple(
            ...names.map((name) =>
              fc.record({
                name: fc.constant(name),
                homes: fc.uniqueArray(fc.constantFrom("ada", "ben", "course")),
                machines: fc.uniqueArray(fc.constantFrom("gpu-1", "gpu-2", "gpu-3")),
              }),
            ),
          ),
        ),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (courses, kills, parallel) =>
          inScratch(async (dir) => {
            const room = new RoomInMemory(planClose("s", courses, []));
            for (const at of kills) {
              await close(room, dir, new KillSwitch(at), parallel).catch(() => undefined);
              assert.deepEqual(room.lost(), []);
              // Until keys are revoked somebody may still write.
              for (const { name, homes } of courses) homes.forEach((owner) => room.write(name, owner, "!"));
            }
            const last = await close(room, dir, new KillSwitch(), parallel);
            assert.equal(last.closed, true, JSON.stringify(last));
            isClosed(room);
          }),
      ),
      { numRuns: 60 },
    ));

  it("stops a course at a step that fails, goes on with the others, and releases nothing", () =>
    inScratch(async (dir) => {
      const room = new RoomInMemory(PLAN);
      const journal = openJournal(dir);
      const backend = room.backend(new KillSwitch());
      const options = { journal, progress: silentProgress };
      const failing = {
        ...backend,
        revokeKeys: (course: string) =>
          course === "cxr" ? Promise.reject(new Error("Ceph is away")) : backend.revokeKeys(course),
      };
      const first = await closeSemester(PLAN, { ...options, backend: failing });
      assert.equal(first.closed, false);
      assert.deepEqual(
        first.lanes.map(({ name, left, error }) => [name, left, error]),
        [
          ["cxr", 5, "revoke-keys cxr: Ceph is away"],
          ["seg", 0, undefined],
          [MACHINES, 2, undefined],
        ],
      );
      assert.equal(room.released.size, 0);
      assert.equal(room.courses.get("cxr")?.homes.size, 2);
      assert.equal((await closeSemester(PLAN, { ...options, backend })).closed, true);
      journal.close();
      isClosed(room);
    }));

  it("goes by what it found at the beginning, also when that is gone", () =>
    inScratch(async (dir) => {
      const room = new RoomInMemory(PLAN);
      await close(room, dir, new KillSwitch(60)).catch(() => undefined);
      assert.deepEqual(journaledPlan(join(dir, "close.jsonl")), PLAN);
      // A new run finds no stacks any more.
      const journal = openJournal(dir);
      const nothing = planClose(PLAN.semester, [], []);
      const options = { journal, backend: room.backend(new KillSwitch()), progress: silentProgress };
      assert.equal((await closeSemester(nothing, options)).closed, true);
      journal.close();
      isClosed(room);
    }));

  it("takes a line that a kill cut off for not written", () =>
    inScratch(async (dir) => {
      const room = new RoomInMemory(PLAN);
      await close(room, dir, new KillSwitch(20)).catch(() => undefined);
      appendFileSync(join(dir, "close.jsonl"), '{"entry":"done","step":"delete-name');
      assert.equal((await close(room, dir)).closed, true);
      isClosed(room);
      assert.ok(entries(dir).length > 0);
    }));
});

describe("semester: plan", () => {
  it("releases the machines of its courses that no other course may use", () => {
    const plan = planClose("s", PLAN.courses, [["gpu-2", "gpu-9"]]);
    assert.deepEqual(plan.machines, ["gpu-1"]);
  });

  it("archives every home before anything is taken away, and deletes it after all else", () => {
    const names = allSteps(PLAN).map(stepName);
    const at = (name: string): number => names.indexOf(name);
    for (const home of ["cxr/ada", "cxr/ben"]) {
      assert.ok(at(`archive ${home}`) < at("revoke-codes cxr"));
      assert.ok(at("return-pkey cxr") < at(`delete-home ${home}`));
    }
    assert.ok(at("freeze cxr") < at("archive cxr/ada"));
    assert.ok(at("delete-home seg/eva") < at("release-machine gpu-1"));
  });
});
