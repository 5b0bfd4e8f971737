import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Allocation } from "../../../../components/plan/allocation";
import {
  type CourseClaim,
  courseParameters,
  type CourseRequest,
  planCourse,
} from "../../../../components/plan/course-plan";
import type { Room } from "../../../../components/plan/room";

const GiB = 2 ** 30;
const gpuMachine = (name: string, gpus: number, gpuModel: string) => ({
  name,
  role: "gpu" as const,
  cpus: 64,
  memoryBytes: 512 * GiB,
  gpus,
  gpuModel,
  gpuMemoryBytes: 80 * GiB,
  portGuids: [`0x00000000000000${name.padStart(2, "0").slice(-2)}`],
});
const room: Room = {
  machines: [gpuMachine("g1", 8, "A100"), gpuMachine("g2", 8, "A100"), gpuMachine("g3", 8, "V100")],
  sitePkeys: [{ owner: "site", pkey: 1 }],
  images: ["base"],
};
const request: CourseRequest = {
  gpus: { guarantee: 4, deserved: 8, capability: 12 },
  pkey: "0x0011",
  teachers: ["curie"],
  assistants: [],
  roster: [{ id: "ada" }, { id: "ben" }],
  seats: 2,
  datasets: [{ name: "xray", size: "1Gi" }],
  homeSize: "1Gi",
  sizes: [{ name: "small", cpus: 4, memory: "16Gi", gpus: 1, rdma: false }],
  images: ["base"],
};
/** Without a GPU of its own, and where the first machine is kept for groups. */
const open: CourseRequest = { ...request, gpus: { guarantee: 0 }, pkey: undefined };
const kept: Room = { ...room, machines: room.machines.map((m, i) => ({ ...m, reserved: i === 0 })) };
const plan = (change: Partial<CourseRequest> = {}, others: CourseClaim[] = []) =>
  planCourse("cxr", { ...request, ...change }, room, others);
const paths = (change: Partial<CourseRequest>, others: CourseClaim[] = []) =>
  plan(change, others).faults.map((f) => f.path);

describe("planCourse", () => {
  it("finds no fault in a course that fits, and scales its quota with its GPUs", () => {
    const { plan: planned, faults } = plan();
    assert.deepEqual(faults, []);
    assert.equal(planned.quota.gpus, 12);
    assert.equal(planned.quota.cpus, 96);
    assert.equal(planned.quota.memoryBytes, 768 * GiB);
    assert.equal(planned.roomGpus, 24);
    assert.deepEqual(
      planned.members.map((m) => m.node),
      ["g1", "g2", "g3"],
    );
  });

  it("names the numbers when a course asks for more than the room has", () => {
    const [fault] = plan({ gpus: { guarantee: 4, deserved: 8, capability: 40 } }).faults;
    assert.equal(fault?.path, "lectern:course.gpus.capability");
    assert.match(fault?.problem ?? "", /asks for 40 GPUs; the room has 24 \(16 × A100, 8 × V100\)/);
    assert.equal(fault?.fix, "at most 24");
  });

  it("adds up the guarantees of all courses", () => {
    const others = [{ name: "seg", gpus: { guarantee: 21, deserved: 21, capability: 24 }, pkey: "0x0012" }];
    const [fault] = plan({}, others).faults;
    assert.equal(fault?.path, "lectern:course.gpus.guarantee");
    assert.match(fault?.problem ?? "", /cxr 4 \+ seg 21 = 25 GPUs; the room has 24/);
    assert.match(fault?.fix ?? "", /at most 3 here/);
  });

  it("sees courses that are confined to the same machines, while both run", () => {
    const other = {
      name: "seg",
      gpus: { guarantee: 6, deserved: 8, capability: 8 },
      pkey: "0x0012",
      machines: ["g3"],
      firstDay: "2026-11-01",
    };
    const own = { machines: ["g3"], gpus: { guarantee: 4, deserved: 8, capability: 8 } };
    const [fault] = plan(own, [other]).faults;
    assert.equal(
      fault?.problem,
      "from 2026-11-01 on, guarantees are cxr 4 + seg 6 = 10 GPUs; g3 has 8 (8 × V100)",
    );
    assert.equal(fault?.fix, "at most 2 here, or less elsewhere (2 fewer in all)");
    assert.deepEqual(paths({ ...own, lastDay: "2026-10-31" }, [other]), []);
  });

  it("proves the guarantees of classes at each moment of the week, by each course's own clocks", () => {
    const lesson = { days: ["mon" as const], from: "10:00", to: "12:00", guarantee: 12 };
    const timetable = { timeZone: "Europe/Berlin", warmUp: "15m", classes: [lesson] };
    const other = (from: string, to: string) => ({
      name: "seg",
      gpus: { guarantee: 4 },
      timetable: { timeZone: "UTC", warmUp: "0m", classes: [{ ...lesson, from, to, guarantee: 16 }] },
    });
    const [fault, ...more] = plan({ timetable, gpus: { guarantee: 4 } }, [other("08:00", "09:00")]).faults;
    assert.deepEqual(more, []);
    assert.equal(fault?.path, "lectern:course.timetable.classes[0].guarantee");
    assert.equal(
      fault?.problem,
      "each week on Mon 09:45, guarantees are cxr 12 + seg 16 = 28 GPUs; the room has 24 (16 × A100, 8 × V100)",
    );
    assert.equal(fault?.fix, "at most 8 here, or less elsewhere (4 fewer in all)");
    assert.deepEqual(paths({ timetable, gpus: { guarantee: 4 } }, [other("11:00", "12:00")]), []);
  });

  it("keeps GPUs of a model, or with enough memory, on machines that have them", () => {
    const v100 = { guarantee: 9, model: "V100" };
    const [fault] = plan({ gpus: v100 }).faults;
    assert.match(fault?.path ?? "", /gpus\.capability|gpus\.guarantee/);
    const other = { name: "seg", gpus: { guarantee: 4, model: "V100" } };
    assert.match(
      plan({ gpus: { ...v100, guarantee: 5 } }, [other]).faults[0]?.problem ?? "",
      /9 GPUs; g3 has 8/,
    );
    assert.deepEqual(paths({ gpus: { ...v100, guarantee: 4 } }, [other]), []);
    assert.deepEqual(paths({ gpus: { guarantee: 0, minMemory: "81Gi" } }), [
      "lectern:course.sizes[0]",
      "lectern:course.sizes[0].gpus",
    ]);
    assert.deepEqual(paths({ gpus: { guarantee: 0, model: "H100" } }).slice(0, 1), [
      "lectern:course.gpus.model",
    ]);
  });

  it("fills in what a short course leaves out", () => {
    const { plan: planned, faults } = plan({ gpus: { guarantee: 0 }, pkey: undefined, images: undefined });
    assert.deepEqual(faults, []);
    assert.deepEqual(planned.gpus, { guarantee: 0, deserved: 24, capability: 24 });
    assert.deepEqual(planned.images, ["base"]);
    assert.ok(planned.pkey >= 0x1000 && planned.pkey <= 0x7ffe);
    const again = plan({ gpus: { guarantee: 0 }, pkey: undefined }, [
      { name: "seg", gpus: { guarantee: 0 } },
    ]);
    assert.equal(again.plan.pkey, planned.pkey, "no other course moves it");
  });

  it("refuses reversed dates and a semester that is not the site's", () => {
    assert.deepEqual(paths({ firstDay: "2026-12-01", lastDay: "2026-10-01" }), ["lectern:course.lastDay"]);
    const { faults } = planCourse(
      "cxr",
      { ...request, semester: "2027-spring" },
      { ...room, semester: "2026-autumn" },
      [],
    );
    assert.deepEqual(
      faults.map((f) => f.path),
      ["lectern:course.semester"],
    );
  });

  it("gives each group machines of its own, and each student a group", () => {
    const allocation = { mode: "group-share" as const, groups: { red: ["g1"], blue: ["g1", "g9"] } };
    const roster = [{ id: "ada", group: "red" }, { id: "ben", group: "green", at: "r.csv:3" }, { id: "cem" }];
    const { faults } = planCourse("cxr", { ...open, allocation, roster }, kept, []);
    assert.deepEqual(
      faults.map((f) => f.path),
      [
        "lectern:course.allocation.groups.blue[0]",
        "lectern:course.allocation.groups.blue[1]",
        "r.csv:3.group",
        "lectern:course.roster[2].group",
      ],
    );
  });

  it("keeps reserved machines for groups: out of other courses' share, and one group for each at a time", () => {
    const allocation = { mode: "group-share" as const, groups: { red: ["g1"] } };
    const shared = { ...open, allocation, roster: [{ id: "ada", group: "red" }] };
    const own = planCourse("cxr", shared, kept, []);
    assert.deepEqual(own.faults, []);
    assert.deepEqual([own.plan.gpus.capability, own.plan.members.map((m) => m.node)], [8, ["g1"]]);
    assert.deepEqual(courseParameters(own.plan, shared, "r:5000/base@sha256:a", []).groups, { red: ["g1"] });

    const others = planCourse("seg", open, kept, []);
    assert.deepEqual(others.faults, []);
    assert.equal(others.plan.gpus.capability, 16, "the reserved machine is not among its machines");

    const pathsOf = (request: CourseRequest, at: Room, beside: readonly CourseClaim[] = []) =>
      planCourse("seg", request, at, beside).faults.map((f) => f.path);
    assert.deepEqual(pathsOf({ ...open, machines: ["g1", "g2"] }, kept), ["lectern:course.machines[0]"]);
    assert.deepEqual(pathsOf(shared, room), ["lectern:course.allocation.groups.red[0]"]);
    const beside = { name: "cxr", gpus: { guarantee: 0 }, allocation };
    assert.deepEqual(pathsOf(shared, kept, [{ ...beside, lastDay: "2026-12-31" }]), [
      "lectern:course.allocation.groups.red[0]",
    ]);
    const later = { ...shared, firstDay: "2027-01-01" };
    assert.deepEqual(pathsOf(later, kept, [{ ...beside, lastDay: "2026-12-31" }]), []);
  });

  it("knows the site's data sets, with their sizes, and refuses others", () => {
    const datasets = [{ name: "xray" }, { name: "ct", size: "2Gi" }];
    const at: Room = {
      ...room,
      datasets: [
        { name: "xray", size: "5Gi" },
        { name: "ct", size: "5Gi" },
      ],
    };
    const known = planCourse("cxr", { ...request, datasets }, at, []);
    assert.deepEqual(known.faults, []);
    assert.deepEqual(known.plan.datasets, [
      { name: "xray", size: "5Gi" },
      { name: "ct", size: "2Gi" },
    ]);
    const [fault, ...others] = planCourse("cxr", { ...request, datasets: [{ name: "mri" }] }, at, []).faults;
    assert.deepEqual(others, []);
    assert.equal(fault?.path, "lectern:course.datasets[0].name");
    assert.match(fault?.fix ?? "", /one of: xray, ct/);
    assert.deepEqual(paths({ datasets }), ["lectern:course.datasets[0].size"], "no list tells its size");
  });

  it("gives each size a quota: what the course says, what its GPUs make, or all pods", () => {
    const size = { cpus: 1, memory: "1Gi", rdma: false };
    const sizes = [
      { ...size, name: "cpu", gpus: 0 },
      { ...size, name: "one", gpus: 1, quota: 3 },
      { ...size, name: "pair", gpus: 2 },
    ];
    const { plan: planned, faults } = plan({ sizes, gpus: { guarantee: 0, capability: 5 } });
    assert.deepEqual(faults, []);
    assert.deepEqual(
      planned.sizeQuotas.map(({ number, pods, by }) => [number, pods, by]),
      [
        [1, planned.quota.pods, "course"],
        [2, 3, "config"],
        [3, 2, "gpus"],
      ],
    );
    const above = [{ ...size, name: "one", gpus: 1, quota: 6 }];
    assert.deepEqual(paths({ sizes: above, gpus: { guarantee: 0, capability: 5 } }), [
      "lectern:course.sizes[0].quota",
    ]);
  });

  it("tells students apart only where they have limits or machines of their own", () => {
    const parametersOf = (allocation?: Allocation) => {
      const asked = { ...request, ...(allocation && { allocation }) };
      return courseParameters(plan(asked).plan, asked, "r:5000/base@sha256:a", []);
    };
    assert.equal(parametersOf().students, undefined);
    assert.equal(parametersOf({ mode: "per-user" }).students, undefined);
    const limited = parametersOf({ mode: "per-user", pods: 2 });
    assert.deepEqual(
      limited.students,
      request.roster.map(({ id }) => ({ id })),
    );
    assert.match(limited.studentClasses ?? "", /^lectern-[0-9a-f]{8}\.$/);
  });

  it("refuses limits under which a student could start nothing, and seats that are not there", () => {
    const problems = (gpus?: number) =>
      plan({ allocation: { mode: "per-user", gpus } }).faults.map((f) => f.problem);
    assert.deepEqual(problems(0), ["a student could start no size of the course"]);
    assert.deepEqual(problems(1), []);
    assert.deepEqual(problems(), []);
    const roster = [
      { id: "ada", seat: 1 },
      { id: "ben", seat: 1 },
      { id: "cem", seat: 9 },
    ];
    assert.deepEqual(paths({ roster }), ["lectern:course.roster[1].seat", "lectern:course.roster[2].seat"]);
  });

  it("refuses a P_Key of the site, of another course, and out of range, and offers a free one", () => {
    const others = [{ name: "seg", gpus: request.gpus, pkey: "0x0011" }];
    const [taken] = plan({ gpus: { guarantee: 1, deserved: 1, capability: 1 } }, others).faults;
    assert.match(taken?.problem ?? "", /course-seg/);
    assert.match(taken?.fix ?? "", /0x0012/);
    for (const pkey of ["0x0001", "0x0000", "0x7fff", "0x8011"]) {
      assert.deepEqual(paths({ pkey }), ["lectern:course.pkey"], pkey);
    }
  });

  it("collects the faults of every part at once", () => {
    assert.deepEqual(
      paths({
        gpus: { guarantee: 9, deserved: 8, capability: 7 },
        machines: ["g1", "nope"],
        roster: [{ id: "ada" }, { id: "curie" }],
        sizes: [
          { name: "a", cpus: 4, memory: "16Gi", gpus: 1, rdma: false },
          { name: "a", cpus: 999, memory: "16Gi", gpus: 1, rdma: false },
        ],
        datasets: [
          { name: "d", size: "1Gi" },
          { name: "d", size: "1Gi" },
        ],
        images: ["none"],
      }).sort(),
      [
        "lectern:course.datasets[1].name",
        "lectern:course.gpus.deserved",
        "lectern:course.gpus.guarantee",
        "lectern:course.images[0]",
        "lectern:course.machines[1]",
        "lectern:course.sizes[1]",
        "lectern:course.sizes[1].name",
        "lectern:course.roster[1]",
      ].sort(),
    );
  });

  it("refuses names by which one student's work or home would be another's", () => {
    assert.deepEqual(paths({ roster: [{ id: "ann" }, { id: "ben" }, { id: "ann-b" }] }), [
      "lectern:course.roster[0]",
    ]);
    assert.deepEqual(paths({ roster: [{ id: "ada" }, { id: "course" }] }), ["lectern:course.roster[1]"]);
    assert.deepEqual(paths({ roster: [{ id: "ann" }, { id: "anna" }, { id: "b-ann" }] }), []);
  });

  it("never passes shares that are out of order or above the room (property)", () => {
    const share = fc.record({ guarantee: fc.nat(40), deserved: fc.nat(40), capability: fc.nat(40) });
    fc.assert(
      fc.property(share, fc.nat(30), (gpus, guaranteedElsewhere) => {
        const others = [
          {
            name: "o",
            gpus: { guarantee: guaranteedElsewhere, deserved: 30, capability: 30 },
            pkey: "0x0100",
          },
        ];
        const sizes = [{ name: "cpu", cpus: 1, memory: "1Gi", gpus: 0, rdma: false }];
        const fits =
          gpus.guarantee <= gpus.deserved &&
          gpus.deserved <= gpus.capability &&
          gpus.capability <= 24 &&
          (gpus.guarantee === 0 || gpus.guarantee + guaranteedElsewhere <= 24);
        assert.equal(plan({ gpus, sizes }, others).faults.length === 0, fits);
      }),
    );
  });

  it("never gives a quota above the course's machines or below its largest size (property)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 1, max: 64 }), (capability, cpus) => {
        const { plan: planned } = plan({
          gpus: { guarantee: 0, deserved: 0, capability },
          sizes: [{ name: "s", cpus, memory: "16Gi", gpus: 0, rdma: false }],
        });
        assert.ok(planned.quota.cpus >= cpus && planned.quota.cpus <= 192);
        assert.ok(planned.quota.memoryBytes >= 16 * GiB && planned.quota.memoryBytes <= 1536 * GiB);
      }),
    );
  });
});
