import assert from "node:assert/strict";
import * as fc from "fast-check";
import { atOnce, findShortage, type GpuDemand } from "../../../../components/plan/capacity";
import type { RoomMachine } from "../../../../components/plan/room";

const machine = (name: string, gpus: number): RoomMachine => ({
  name,
  role: "gpu",
  cpus: 64,
  memoryBytes: 2 ** 39,
  gpus,
  gpuModel: "A100",
  gpuMemoryBytes: 2 ** 36,
  portGuids: [],
});
const room = [machine("g1", 8), machine("g2", 8), machine("g3", 4)];

describe("findShortage", () => {
  it("finds none where all fits, also if somebody must move over", () => {
    const demands = [
      { course: "anywhere", gpus: 12 },
      { course: "first", gpus: 8, machines: ["g1"] },
    ];
    assert.equal(findShortage(demands, room), undefined);
  });

  it("sees that two courses want the same machine, though the room has enough", () => {
    const demands = [
      { course: "one", gpus: 6, machines: ["g1"] },
      { course: "else", gpus: 4, machines: ["g2", "g3"] },
      { course: "two", gpus: 4, machines: ["g1"] },
    ];
    assert.deepEqual(findShortage(demands, room), {
      course: "two",
      fits: 2,
      demands: [demands[2], demands[0]],
      machines: [room[0]],
      wanted: 10,
      there: 8,
    });
  });

  it("agrees with a count over every group of machines (Hall's theorem)", () => {
    const names = room.map((m) => m.name);
    const demand = fc.record({
      gpus: fc.integer({ min: 0, max: 10 }),
      machines: fc.option(fc.subarray(names), { nil: undefined }),
    });
    const groups = [...Array(2 ** names.length).keys()].map((bits) =>
      names.filter((_, i) => (bits >> i) & 1),
    );
    const tooMuch = (demands: readonly GpuDemand[]) =>
      groups.some((group) => {
        const confined = demands.filter((d) => (d.machines ?? names).every((name) => group.includes(name)));
        const there = room.filter((m) => group.includes(m.name)).reduce((n, m) => n + m.gpus, 0);
        return confined.reduce((n, d) => n + d.gpus, 0) > there;
      });
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 6 }), (drawn) => {
        const demands = drawn.map((d, i) => ({ course: `c${i}`, ...d }));
        const found = findShortage(demands, room);
        assert.equal(found !== undefined, tooMuch(demands));
        if (found === undefined) return;
        assert.ok(found.wanted > found.there);
        const at = demands.findIndex((d) => d.course === found.course);
        const before = demands.slice(0, at);
        const lowered = (gpus: number) => [...before, { ...(demands[at] as GpuDemand), gpus }];
        assert.equal(findShortage(lowered(found.fits), room), undefined);
        assert.notEqual(findShortage(lowered(found.fits + 1), room), undefined);
      }),
    );
  });
});

describe("atOnce", () => {
  const autumn = { name: "autumn", firstDay: "2026-09-01", lastDay: "2026-12-20" };
  const winter = { name: "winter", firstDay: "2026-12-21", lastDay: "2027-02-28" };
  const always = { name: "always", firstDay: undefined };

  it("leaves out who is over or has not begun", () => {
    assert.deepEqual(atOnce({ firstDay: "2026-10-01", lastDay: "2026-10-31" }, [autumn, winter, always]), [
      { day: "2026-10-01", others: [autumn, always] },
    ]);
  });

  it("looks again on each day on which another begins, the last day too", () => {
    assert.deepEqual(atOnce({ firstDay: "2026-10-01", lastDay: "2026-12-21" }, [autumn, winter]), [
      { day: "2026-10-01", others: [autumn] },
      { day: "2026-12-21", others: [winter] },
    ]);
    assert.deepEqual(atOnce({}, [autumn, always]), [
      { day: undefined, others: [always] },
      { day: "2026-09-01", others: [autumn, always] },
    ]);
  });
});
