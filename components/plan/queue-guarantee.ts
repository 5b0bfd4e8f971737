import { guaranteeAt, minuteOfWeek, stretches, type Timetable } from "./timetable";

/** Annotation on a course's queue: what its guarantee is outside of classes, and its timetable, as JSON. */
export const TIMETABLE_ANNOTATION = "lectern.dev/timetable";

interface Written {
  readonly base: number;
  readonly timetable: Timetable;
}

/** The annotation of a queue with a timetable. */
export function formatTimetable(base: number, timetable: Timetable): string {
  const written: Written = { base, timetable };
  return JSON.stringify(written);
}

/** The guarantee that a queue with this annotation is to have at a moment. Pure. */
export function guaranteeNow(annotation: string, moment: Date): number {
  const { base, timetable } = JSON.parse(annotation) as Written;
  return guaranteeAt(base, stretches(timetable), minuteOfWeek(moment, timetable.timeZone));
}
