import type { Fault } from "../../base/faults";
import { FaultCollector } from "../../base/faults";
import { parseDuration } from "../../base/units";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const DAY = 24 * 60;
/** Minutes of a week. */
export const WEEK = 7 * DAY;

/** One class, on each of its days. Times such as `09:30`, by the timetable's time zone. */
export interface ClassTimes {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  /** GPUs that are kept for the course meanwhile. */
  readonly guarantee: number;
}

export interface Timetable {
  /** IANA name. */
  readonly timeZone: string;
  /** How long before a class its guarantee rises, such as `15m`. */
  readonly warmUp: string;
  readonly classes: readonly ClassTimes[];
}

/** A stretch of the week in minutes since Monday 00:00, `from` included, `to` not. Within one week. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly guarantee: number;
}

/** Whether a text names a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const minutesOf = (clock: string): number => {
  const [hours = "0", minutes = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(minutes);
};

/**
 * When a timetable's classes raise the guarantee, warm-up included, by its own time zone. A warm-up before Monday 00:00
 * is a stretch at the week's end. Pure.
 */
export function stretches(timetable: Timetable): Stretch[] {
  const warmUp = Math.ceil((parseDuration(timetable.warmUp) ?? 0) / 60_000);
  return timetable.classes.flatMap(({ days, from, to, guarantee }) =>
    days.flatMap((day) => {
      const start = WEEKDAYS.indexOf(day) * DAY;
      const begin = Math.max(start + minutesOf(from) - warmUp, start + minutesOf(to) - WEEK);
      const end = start + minutesOf(to);
      return begin >= 0
        ? [{ from: begin, to: end, guarantee }]
        : [
            { from: 0, to: end, guarantee },
            { from: begin + WEEK, to: WEEK, guarantee },
          ];
    }),
  );
}

/** The minute of the week at a moment, by a time zone. */
export function minuteOfWeek(moment: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(moment);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
  const day = WEEKDAYS.indexOf(part("weekday").toLowerCase() as Weekday);
  return day * DAY + Number(part("hour")) * 60 + Number(part("minute"));
}

/** How far a time zone is ahead of another at a moment, in minutes. */
function ahead(timeZone: string, of: string, at: Date): number {
  const apart = minuteOfWeek(at, timeZone) - minuteOfWeek(at, of);
  return apart > WEEK / 2 ? apart - WEEK : apart < -WEEK / 2 ? apart + WEEK : apart;
}

/** A timetable's stretches by the clocks of another time zone, as they differ at a moment. Pure. */
export function stretchesIn(timetable: Timetable, timeZone: string, at: Date): Stretch[] {
  const by = ahead(timeZone, timetable.timeZone, at);
  return stretches(timetable).flatMap(({ from, to, guarantee }) => {
    const start = (from + by + WEEK) % WEEK;
    const end = start + to - from;
    return end <= WEEK
      ? [{ from: start, to: end, guarantee }]
      : [
          { from: start, to: WEEK, guarantee },
          { from: 0, to: end - WEEK, guarantee },
        ];
  });
}

/** The guarantee at a minute of the week: the highest of the classes that are on, and never below the course's own. */
export function guaranteeAt(base: number, classes: readonly Stretch[], minute: number | undefined): number {
  const on = minute === undefined ? [] : classes.filter((s) => s.from <= minute && minute < s.to);
  return Math.max(base, ...on.map((s) => s.guarantee));
}

/**
 * The minutes of the week at which a sum of guarantees can be at its highest: whenever one rises. Undefined stands for a
 * time without classes.
 */
export function moments(classes: readonly Stretch[]): (number | undefined)[] {
  return [undefined, ...[...new Set(classes.map((s) => s.from))].sort((a, b) => a - b)];
}

/** A minute of the week for people: `Mon 10:00`. */
export function describeMinute(minute: number): string {
  const day = WEEKDAYS[Math.floor(minute / DAY) % 7] ?? "mon";
  const two = (n: number) => String(n).padStart(2, "0");
  return `${day[0]?.toUpperCase()}${day.slice(1)} ${two(Math.floor((minute % DAY) / 60))}:${two(minute % 60)}`;
}

/** What is wrong with a timetable: times that end before they begin, guarantees out of the course's bounds. */
export function timetableFaults(
  timetable: Timetable | undefined,
  gpus: { readonly guarantee: number; readonly deserved: number },
): readonly Fault[] {
  const faults = new FaultCollector();
  timetable?.classes.forEach(({ from, to, guarantee }, i) => {
    const path = `lectern:course.timetable.classes[${i}]`;
    if (minutesOf(to) <= minutesOf(from)) {
      faults.add(
        `${path}.to`,
        to,
        `not after its begin (${from})`,
        "a later time of the same day, at most 24:00",
      );
    }
    if (guarantee < gpus.guarantee) {
      const problem = `below the course's guarantee outside of classes (${gpus.guarantee})`;
      faults.add(
        `${path}.guarantee`,
        guarantee,
        problem,
        `at least ${gpus.guarantee}, or leave the class out`,
      );
    }
    if (guarantee > gpus.deserved) {
      const problem = `above deserved (${gpus.deserved})`;
      faults.add(
        `${path}.guarantee`,
        guarantee,
        problem,
        `at most ${gpus.deserved}, or a larger gpus.deserved`,
      );
    }
  });
  return faults.faults;
}
