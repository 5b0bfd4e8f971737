/** A course of the semester as it was found when the close began. */
export interface ClosingCourse {
  /** Name of its stack. */
  readonly name: string;
  /** Owners of its homes, the course's shared one among them. */
  readonly homes: readonly string[];
  /** Machines that it may use. */
  readonly machines: readonly string[];
}

/** All that a close goes by. It is written down before the first act, since the acts take away what it was read from. */
export interface ClosePlan {
  readonly semester: string;
  readonly courses: readonly ClosingCourse[];
  /** Machines that go back to the room's pool: those of no course that stays. */
  readonly machines: readonly string[];
}

/** One act upon a course. */
export type CourseAct =
  | "freeze"
  | "archive"
  | "export-ledger"
  | "revoke-codes"
  | "revoke-tokens"
  | "revoke-keys"
  | "delete-namespace"
  | "return-pkey"
  | "delete-home";

export type Step =
  | { readonly act: Exclude<CourseAct, "archive" | "delete-home">; readonly course: string }
  | { readonly act: "archive" | "delete-home"; readonly course: string; readonly owner: string }
  | { readonly act: "release-machine"; readonly machine: string };

/** What names a step in the journal, and for people. */
export function stepName(step: Step): string {
  if (step.act === "release-machine") return `${step.act} ${step.machine}`;
  return "owner" in step ? `${step.act} ${step.course}/${step.owner}` : `${step.act} ${step.course}`;
}

/**
 * The plan of a close. Pure.
 * @param others Machines of each course that stays.
 */
export function planClose(
  semester: string,
  courses: readonly ClosingCourse[],
  others: readonly (readonly string[])[],
): ClosePlan {
  const kept = new Set(others.flat());
  const used = new Set(courses.flatMap((course) => course.machines));
  return { semester, courses, machines: [...used].filter((machine) => !kept.has(machine)).sort() };
}

/**
 * The steps of one course in their order. Nothing is taken away before what it holds is safe: work ends, homes are
 * archived and the ledger is written out before anybody loses access; a home goes last, when nobody can write to it.
 * Pure.
 */
export function courseSteps({ name: course, homes }: ClosingCourse): Step[] {
  return [
    { act: "freeze", course },
    ...homes.map((owner): Step => ({ act: "archive", course, owner })),
    { act: "export-ledger", course },
    { act: "revoke-codes", course },
    { act: "revoke-tokens", course },
    { act: "revoke-keys", course },
    { act: "delete-namespace", course },
    { act: "return-pkey", course },
    ...homes.map((owner): Step => ({ act: "delete-home", course, owner })),
  ];
}

/** The last steps, once all courses are through. Pure. */
export function machineSteps({ machines }: ClosePlan): Step[] {
  return machines.map((machine) => ({ act: "release-machine", machine }));
}

/** All steps: courses beside one another, each in its own order; then the machines. Pure. */
export function allSteps(plan: ClosePlan): Step[] {
  return [...plan.courses.flatMap(courseSteps), ...machineSteps(plan)];
}
