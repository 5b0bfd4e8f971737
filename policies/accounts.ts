import type { CountedStudent } from "./parameters";
import type { Subject } from "./rule";
import { SIZE_CLASSES } from "./size-classes";

/** A person of a course, as the course's service accounts name them (components/course-roles.ts). */
export interface Account {
  readonly role: "student" | "assistant" | "teacher";
  readonly name: string;
}

/** The person of a course's namespace who has a user name, or undefined: the operator, a controller, another course's. */
export function accountIn(namespace: string, user: string): Account | undefined {
  const prefix = `system:serviceaccount:${namespace}:`;
  if (!user.startsWith(prefix)) return undefined;
  const match = /^(student|assistant|teacher)-(.+)$/.exec(user.slice(prefix.length));
  return match ? { role: match[1] as Account["role"], name: match[2] as string } : undefined;
}

/** The person of the object's own course who asks, or undefined. */
export const accountOf = ({ request, object }: Subject): Account | undefined =>
  accountIn(object.metadata?.namespace ?? "", request.user);

/** The name of the student who asks, or undefined. */
export function studentOf(subject: Subject): string | undefined {
  const account = accountOf(subject);
  return account?.role === "student" ? account.name : undefined;
}

const PREFIX = "('system:serviceaccount:' + request.namespace + ':')";
/** Variables of CEL: the account that asks, `student-ada`, and the parts of it; each is empty for everybody else. */
export const CEL_ACCOUNTS: Readonly<Record<string, string>> = {
  account:
    `request.userInfo.username.startsWith(${PREFIX}) && ` +
    `request.userInfo.username.substring(${PREFIX}.size()).matches('^(student|assistant|teacher)-.') ` +
    `? request.userInfo.username.substring(${PREFIX}.size()) : ''`,
  person: "variables.account == '' ? '' : variables.account.substring(variables.account.indexOf('-') + 1)",
  student: "variables.account.startsWith('student-') ? variables.person : ''",
};

/** Whether the user name is that of an account of any course. */
export const isCourseAccount = (user: string) => user.startsWith("system:serviceaccount:course-");
export const CEL_IS_COURSE_ACCOUNT = "request.userInfo.username.startsWith('system:serviceaccount:course-')";

/** The student for whom the course counts, or places, an object apart: the one after whom it is called. */
export function countedStudent({
  object,
  course,
}: Pick<Subject, "object" | "course">): CountedStudent | undefined {
  const { name, generateName = "" } = object.metadata ?? {};
  return course?.students?.find(({ id }) => (name ?? generateName).startsWith(`${id}-`));
}

const CALLED =
  "(has(object.metadata.name) && object.metadata.name != '' ? object.metadata.name : has(object.metadata.generateName) ? object.metadata.generateName : '')";
/**
 * The same in CEL, as variables: `counted`, the student's word of the parameters (`ada`, `ada=red`) or nothing;
 * `classes`, what the priority classes of the object begin with; `machines`, those of the student's group.
 */
export const CEL_COUNTED: Readonly<Record<string, string>> = {
  // Most pods are nobody's, and most students' names begin in other ways: a text is searched faster than a list.
  counted:
    `(' ' + params.data.students).contains(' ' + ${CALLED}.split('-')[0]) ? [${CALLED}].map(n, [n.split('-')[0]].map(f, ` +
    "params.data.students.split(' ').filter(w, w.startsWith(f) && n.startsWith(w.split('=')[0] + '-')).join('')))[0][0] : ''",
  classes:
    `variables.counted == '' || params.data.studentClasses == '' ? '${SIZE_CLASSES}' : ` +
    "params.data.studentClasses + variables.counted.split('=')[0] + '.'",
  machines:
    "variables.counted.contains('=') ? params.data.groups.split(' ').filter(g, g != '' && variables.counted.endsWith('=' + g.split('=')[0]))" +
    ".map(g, g.split('=')[1].split(',')).flatten() : []",
};
