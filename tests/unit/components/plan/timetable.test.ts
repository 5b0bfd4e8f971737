import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  describeMinute,
  guaranteeAt,
  minuteOfWeek,
  moments,
  stretches,
  stretchesIn,
  timetableFaults,
  type Timetable,
  WEEK,
  WEEKDAYS,
} from "../../../../components/plan/timetable";

const at = (timetable: Partial<Timetable>): Timetable => ({
  timeZone: "UTC",
  warmUp: "15m",
  classes: [],
  ...timetable,
});
const monday = { days: ["mon"], from: "10:00", to: "11:30", guarantee: 8 } as const;

describe("timetable", () => {
  it("raises the guarantee from the warm-up to the end of a class", () => {
    const classes = stretches(at({ classes: [monday] }));
    assert.deepEqual(classes, [{ from: 9 * 60 + 45, to: 11 * 60 + 30, guarantee: 8 }]);
    assert.equal(guaranteeAt(2, classes, 9 * 60 + 44), 2);
    assert.equal(guaranteeAt(2, classes, 9 * 60 + 45), 8);
    assert.equal(guaranteeAt(2, classes, 11 * 60 + 30), 2);
    assert.deepEqual(moments(classes), [undefined, 9 * 60 + 45]);
    assert.equal(describeMinute(9 * 60 + 45), "Mon 09:45");
  });

  it("warms up on Sunday night for a class at the week's begin", () => {
    assert.deepEqual(stretches(at({ classes: [{ ...monday, from: "00:05" }] })), [
      { from: 0, to: 11 * 60 + 30, guarantee: 8 },
      { from: WEEK - 10, to: WEEK, guarantee: 8 },
    ]);
  });

  it("tells the minute of the week by a time zone, in summer and in winter", () => {
    const minute = (time: string) => describeMinute(minuteOfWeek(new Date(time), "Europe/Berlin"));
    assert.equal(minute("2026-10-05T08:00:00Z"), "Mon 10:00");
    assert.equal(minute("2026-11-02T09:00:00Z"), "Mon 10:00");
    assert.equal(minute("2026-11-01T23:30:00Z"), "Mon 00:30");
  });

  it("reads a timetable by the clocks of another zone, over the week's border too", () => {
    const shanghai = at({ timeZone: "Asia/Shanghai", warmUp: "0m", classes: [{ ...monday, from: "07:00" }] });
    const utc = stretchesIn(shanghai, "UTC", new Date("2026-11-02"));
    assert.deepEqual(
      utc.map((s) => [describeMinute(s.from), s.to - s.from]),
      [
        ["Sun 23:00", 60],
        ["Mon 00:00", 3.5 * 60],
      ],
    );
  });

  it("keeps, at every minute, the highest guarantee of the classes that are on (property)", () => {
    const clock = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const text = (m: number) =>
      `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
    const lesson = fc
      .tuple(clock, clock, fc.subarray([...WEEKDAYS], { minLength: 1 }), fc.nat(32))
      .filter(([from, to]) => from < to)
      .map(([from, to, days, guarantee]) => ({
        days,
        from: text(from),
        to: text(to),
        guarantee,
        start: from,
        end: to,
      }));
    fc.assert(
      fc.property(
        fc.array(lesson, { maxLength: 4 }),
        fc.nat(90),
        fc.nat(WEEK - 1),
        (classes, warmUp, minute) => {
          const on = classes.filter(({ days, start, end }) =>
            days.some((day) => {
              const midnight = WEEKDAYS.indexOf(day) * 24 * 60;
              return [minute, minute - WEEK].some(
                (m) => m >= midnight + start - warmUp && m < midnight + end,
              );
            }),
          );
          const expected = Math.max(3, ...on.map((c) => c.guarantee));
          assert.equal(guaranteeAt(3, stretches(at({ warmUp: `${warmUp}m`, classes })), minute), expected);
        },
      ),
    );
  });

  it("tells classes that end before they begin, and guarantees out of bounds", () => {
    const classes = [
      { ...monday, to: "10:00" },
      { ...monday, guarantee: 1 },
      { ...monday, guarantee: 20 },
      monday,
    ];
    assert.deepEqual(
      timetableFaults(at({ classes }), { guarantee: 2, deserved: 16 }).map((f) => f.path),
      [0, 1, 2].map((i) => `lectern:course.timetable.classes[${i}].${i === 0 ? "to" : "guarantee"}`),
    );
  });
});
