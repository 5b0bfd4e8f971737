import { guaranteeAt, minuteOfWeek, type Stretch, stretches, type Timetable } from "./timetable";

/** Annotation on a course's queue: its guarantee outside of classes, its timetable, its machines, as JSON. */
export const TIMETABLE_ANNOTATION = "lectern.dev/timetable";

interface Written {
  readonly base: number;
  readonly timetable: Timetable;
  /** Names of the machines that the course may use. */
  readonly machines?: readonly string[];
}

/** The annotation of a queue with a timetable. */
export function formatTimetable(
  base: number,
  timetable: Timetable,
  machines: readonly string[] = [],
): string {
  const written: Written = { base, timetable, machines };
  return JSON.stringify(written);
}

/** Reads {@link formatTimetable} back. */
export function parseTimetable(annotation: string): Written {
  return JSON.parse(annotation) as Written;
}

/** The guarantee that a queue with this annotation is to have at a moment. Pure. */
export function guaranteeNow(annotation: string, moment: Date): number {
  const { base, timetable } = parseTimetable(annotation);
  return guaranteeAt(base, stretches(timetable), minuteOfWeek(moment, timetable.timeZone));
}

/** Whether a class is near, and none is on. Pure. */
export function isWarmUp(annotation: string, moment: Date): boolean {
  const { timetable } = parseTimetable(annotation);
  const minute = minuteOfWeek(moment, timetable.timeZone);
  const isIn = (all: readonly Stretch[]) => all.some(({ from, to }) => from <= minute && minute < to);
  return isIn(stretches(timetable)) && !isIn(stretches({ ...timetable, warmUp: "0s" }));
}
