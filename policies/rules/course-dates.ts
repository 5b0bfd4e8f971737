import { wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { clusterObject } from "./examples";
import { kubernetes } from "./sources";

/** Annotations on a course's namespace. */
export const FIRST_DAY = "lectern.dev/first-day";
export const LAST_DAY = "lectern.dev/last-day";
const DAYS = [FIRST_DAY, LAST_DAY];
/** ISO 8601, calendar date. */
const DATE = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

const dayOf = ({ metadata }: PolicyObject, key: string) => metadata?.annotations?.[key];
const celHas = (key: string) => `has(object.metadata.annotations) && '${key}' in object.metadata.annotations`;
const celDay = (key: string) => `object.metadata.annotations['${key}']`;
const namespace = (annotations: Record<string, string>) =>
  clusterObject(
    "v1",
    "Namespace",
    {},
    { name: "course-z", labels: { "lectern.dev/course": "z" }, annotations },
  );

export const courseDates: Rule = {
  name: "course-dates",
  purpose: "A course's first and last day are dates, and in order.",
  level: "mandatory",
  stops: kubernetes(
    "Namespaces",
    "concepts/overview/working-with-objects/namespaces/",
  )("A course whose last day cannot be read never ends, and keeps its share for the next semester."),
  kinds: [{ group: "", version: "v1", kind: "Namespace", resource: "namespaces" }],
  inCourseNamespaces: false,
  requirements: [
    ...DAYS.map((key) =>
      wholeObject({
        path: `metadata.annotations["${key}"]`,
        holds: (o) => new RegExp(DATE).test(dayOf(o, key) ?? "2000-01-01"),
        cel: `!(${celHas(key)}) || ${celDay(key)}.matches('${DATE}')`,
        problem: "this is no date",
        fix: "write it as 2026-10-01",
      }),
    ),
    wholeObject({
      path: `metadata.annotations["${LAST_DAY}"]`,
      holds: (o) => {
        const [first, last] = [dayOf(o, FIRST_DAY), dayOf(o, LAST_DAY)];
        return first === undefined || last === undefined || first <= last;
      },
      cel: `!(${celHas(FIRST_DAY)}) || !(${celHas(LAST_DAY)}) || ${celDay(FIRST_DAY)} <= ${celDay(LAST_DAY)}`,
      problem: "the last day lies before the first",
      fix: "firstDay ≤ lastDay in lectern:course",
    }),
  ],
  keeps: [
    { title: "days in order", objects: [namespace({ [FIRST_DAY]: "2026-10-01", [LAST_DAY]: "2027-02-28" })] },
    { title: "one day only", objects: [namespace({ [FIRST_DAY]: "2026-10-01", [LAST_DAY]: "2026-10-01" })] },
    { title: "no days", objects: [namespace({})] },
    { title: "no last day yet", objects: [namespace({ [FIRST_DAY]: "2026-10-01" })] },
  ],
  breaks: [
    {
      title: "days out of order",
      objects: [namespace({ [FIRST_DAY]: "2026-10-01", [LAST_DAY]: "2026-09-30" })],
    },
    { title: "a first day in words", objects: [namespace({ [FIRST_DAY]: "October" })] },
    { title: "a last day as in other countries", objects: [namespace({ [LAST_DAY]: "28.02.2027" })] },
    ...DAYS.flatMap((day) => [
      { title: `a word before ${day}`, objects: [namespace({ [day]: "ca. 2026-10-01" })] },
      { title: `a time after ${day}`, objects: [namespace({ [day]: "2026-10-01T08:00" })] },
    ]),
    { title: "a thirteenth month", objects: [namespace({ [LAST_DAY]: "2027-13-01" })] },
  ],
};
