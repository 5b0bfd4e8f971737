import { type KubeApi, ifThere } from "../base/kubernetes/api";
import { approvalKey, APPROVALS_NAME, askKey, ASKS_NAME } from "../policies/size-approvals";

/** A size that a student asks for, or was given. */
export interface SizeAsk {
  readonly person: string;
  readonly size: string;
  readonly isApproved: boolean;
  /** When it was asked for, RFC 3339. Absent where a teacher gave it unasked. */
  readonly at?: string;
  /** What for, in the student's words. */
  readonly reason?: string;
}

/** A size as a course offers it. */
export interface OfferedSize {
  readonly name: string;
  /** What a pod of it may ask for, by the names of resources. */
  readonly resources: Readonly<Record<string, string>>;
  /** Whether students ask for it. */
  readonly isAskedFor: boolean;
}

/** Why something cannot be asked for, or given. */
export class ApprovalError extends Error {}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}
/** What a course says of its sizes. */
export interface CourseSizes {
  /** In no order of theirs. */
  readonly sizes: readonly OfferedSize[];
  /** Those of whom a size may be approved; none where no size is asked for. */
  readonly students: readonly string[];
  /** What they ask for and were given, by person and size. */
  readonly asks: readonly SizeAsk[];
}

const mapOf = (course: string, name: string) => `/api/v1/namespaces/course-${course}/configmaps/${name}`;
const words = (text: string | undefined): string[] => (text ?? "").split(" ").filter((word) => word !== "");

export async function courseSizes(api: KubeApi, course: string): Promise<CourseSizes> {
  const [sizes = {}, approvals = {}, asks = {}] = await Promise.all(
    ["instance-sizes", APPROVALS_NAME, ASKS_NAME].map(
      async (name) => (await ifThere(api.get<ConfigMap>(mapOf(course, name))))?.data ?? {},
    ),
  );
  const askedFor = words(approvals["sizes"]).map((word) => word.replace(/^\d+=/, ""));
  const students = words(approvals["students"]);
  return {
    sizes: Object.entries(sizes).map(([file, text]) => {
      const name = file.replace(/\.json$/, "");
      const resources = JSON.parse(text) as Record<string, string>;
      return { name, resources, isAskedFor: askedFor.includes(name) };
    }),
    students,
    asks: students.flatMap((person) =>
      askedFor.flatMap((size) => {
        const asked = asks[askKey(person, size)];
        const isApproved = approvals[approvalKey(person, size)] !== undefined;
        return asked === undefined && !isApproved ? [] : [{ person, size, isApproved, ...readAsk(asked) }];
      }),
    ),
  };
}

/** A student's own words: whatever is not as this writes it counts for nothing. */
function readAsk(text: string | undefined): Pick<SizeAsk, "at" | "reason"> {
  try {
    const { at, reason } = JSON.parse(text ?? "{}") as Record<string, unknown>;
    return {
      ...(typeof at === "string" ? { at } : {}),
      ...(typeof reason === "string" ? { reason } : {}),
    };
  } catch {
    return {};
  }
}

/**
 * Asks for a size, as a student of the course.
 * @throws {ApprovalError} if the course does not have it, or it needs no asking, or was given
 */
export async function askForSize(
  api: KubeApi,
  course: string,
  { person, size, reason, now }: { person: string; size: string; reason?: string | undefined; now: Date },
): Promise<void> {
  const known = await courseSizes(api, course);
  checkSize(known, size);
  if (askOf(known, person, size)?.isApproved) throw new ApprovalError(`${person} has size ${size}`);
  const ask = JSON.stringify({ at: now.toISOString(), ...(reason === undefined ? {} : { reason }) });
  await api.patch(mapOf(course, ASKS_NAME), { data: { [askKey(person, size)]: ask } });
}

/**
 * Gives a student a size, asked for or not, or takes it back, as a teacher. What runs goes on.
 * @throws {ApprovalError} if there is no such student or size, or nothing to take back
 */
export async function decideSize(
  api: KubeApi,
  course: string,
  { person, size, isApproved, now }: Pick<SizeAsk, "person" | "size" | "isApproved"> & { now: Date },
): Promise<void> {
  const known = await courseSizes(api, course);
  checkSize(known, size);
  if (!known.students.includes(person))
    throw new ApprovalError(`no student ${person}; there are ${known.students.join(", ")}`);
  if (!isApproved && askOf(known, person, size) === undefined)
    throw new ApprovalError(`${person} neither has nor asks for size ${size}`);
  const at = isApproved ? now.toISOString() : null;
  await api.patch(mapOf(course, APPROVALS_NAME), { data: { [approvalKey(person, size)]: at } });
  if (!isApproved) await api.patch(mapOf(course, ASKS_NAME), { data: { [askKey(person, size)]: null } });
}

const askOf = ({ asks }: CourseSizes, person: string, size: string): SizeAsk | undefined =>
  asks.find((ask) => ask.person === person && ask.size === size);

function checkSize({ sizes }: CourseSizes, size: string): void {
  const found = sizes.find(({ name }) => name === size);
  const names = sizes.map(({ name }) => name).join(", ");
  if (found === undefined) throw new ApprovalError(`no size ${size}; there are ${names}`);
  if (!found.isAskedFor) throw new ApprovalError(`size ${size} is for everybody: it needs no asking`);
}
