import { createHmac } from "node:crypto";
import { FaultCollector } from "../../base/faults";

/** One student of a course. */
export interface Student {
  /** Short name; the student's account, home and work are called after it. */
  readonly id: string;
  readonly name?: string | undefined;
  readonly mail?: string | undefined;
  readonly group?: string | undefined;
  /** The seat that was taken with an invitation code. */
  readonly seat?: number | undefined;
  /** Where the student stands, for faults: `roster.csv:7`. Default: the place in the config. */
  readonly at?: string | undefined;
}

/** Owner of the home that a course shares. */
export const SHARED_HOME = "course";

/** Everybody in a course. */
export interface People {
  readonly teachers: readonly string[];
  readonly assistants: readonly string[];
  readonly roster: readonly Student[];
  /** Seats that are given by invitation code. */
  readonly seats: number;
}

/** The path of an entry of the roster, as an operator finds it. */
export const rosterPath = ({ at }: Student, index: number): string => at ?? `lectern:course.roster[${index}]`;

/** Numbers of the seats that nobody has taken yet. */
export function openSeats({ roster, seats }: Pick<People, "roster" | "seats">): number[] {
  const taken = new Set(roster.map((s) => s.seat));
  return Array.from({ length: seats }, (_, i) => i + 1).filter((seat) => !taken.has(seat));
}

/** Letters of Crockford's base 32: none is taken for another. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** The invitation code of a seat: 80 bits of an HMAC of its number, in four groups of four letters. */
export function invitationCode(secret: string, seat: number): string {
  const hash = createHmac("sha256", secret).update(`lectern/seat/${seat}`).digest();
  const letters = Array.from(hash.subarray(0, 16), (byte) => LETTERS[byte % 32] ?? "0");
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join("")).join("-");
}

/** Everything that is wrong with a course's people. */
export function peopleFaults(people: People, faults: FaultCollector): void {
  const seen = new Map<string, string>();
  const once = (person: string, path: string): void => {
    const first = seen.get(person);
    if (first === undefined) seen.set(person, path);
    else faults.add(path, person, `already at ${first}`, "name each person once, with one role");
  };
  for (const role of ["teachers", "assistants"] as const) {
    people[role].forEach((person, i) => once(person, `lectern:course.${role}[${i}]`));
  }
  people.roster.forEach((student, i) => once(student.id, rosterPath(student, i)));
  studentNameFaults(people.roster, faults);
  mailFaults(people.roster, faults);
  seatFaults(people, faults);
}

/**
 * Why a newcomer may not be called so beside the people of a course, by the rules of a roster. Pure.
 * @param students Those of the roster, and those who are on their way into it.
 * @param staff Teachers and assistants.
 * @returns undefined if the name will do
 */
export function newcomerProblem(
  id: string,
  students: readonly string[],
  staff: readonly string[] = [],
): string | undefined {
  if (id === SHARED_HOME) return `${id} is ${SHARED_NAME}`;
  if (students.includes(id) || staff.includes(id)) return `${id} is taken`;
  const longer = begunBy(id, students);
  if (longer !== undefined) return mistaken(longer, id);
  const shorter = students.find((student) => id.startsWith(`${student}-`));
  return shorter === undefined ? undefined : mistaken(id, shorter);
}

/** Whose name begins as another's work does. */
const begunBy = (id: string, names: readonly string[]): string | undefined =>
  names.find((name) => name.startsWith(`${id}-`));
const SHARED_NAME = "the name of the folder that the course shares";
const mistaken = (whose: string, other: string): string =>
  `the work of ${whose} would be called as if it were ${other}'s`;

/** Whose a student's work and home are is told by their names (policies/rules/own-work.ts, own-home.ts). */
function studentNameFaults(roster: readonly Student[], faults: FaultCollector): void {
  const ids = roster.map((s) => s.id);
  roster.forEach((student, i) => {
    const path = rosterPath(student, i);
    if (student.id === SHARED_HOME) {
      faults.add(path, student.id, SHARED_NAME, "another name");
    }
    const other = begunBy(student.id, ids);
    if (other !== undefined) {
      faults.add(path, student.id, mistaken(other, student.id), `a name that ${other} does not begin with`);
    }
  });
}

/** Whether two addresses are somebody's one: no mail server of today tells capitals apart (RFC 5321, 2.4). */
export const isSameMail = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Somebody who stands there twice, under two names, would hold twice what others do. */
function mailFaults(roster: readonly Student[], faults: FaultCollector): void {
  roster.forEach((student, i) => {
    const { mail } = student;
    if (mail === undefined) return;
    const first = roster.findIndex((other) => other.mail !== undefined && isSameMail(other.mail, mail));
    if (first === i) return;
    const problem = `already ${roster[first]?.id}'s`;
    faults.add(`${rosterPath(student, i)}.mail`, mail, problem, "one entry for each student");
  });
}

function seatFaults({ roster, seats }: People, faults: FaultCollector): void {
  const takenBy = new Map<number, string>();
  roster.forEach((student, i) => {
    if (student.seat === undefined) return;
    const path = `${rosterPath(student, i)}.seat`;
    const first = takenBy.get(student.seat);
    if (first === undefined) takenBy.set(student.seat, student.id);
    else faults.add(path, student.seat, `already taken by ${first}`, "one student for each seat");
    if (student.seat > seats) {
      faults.add(path, student.seat, `the course has ${seats} seats`, "a seat that there is, or more seats");
    }
  });
}
