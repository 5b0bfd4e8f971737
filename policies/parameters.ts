import { formatSize, parseSize } from "../base/units";
import type { PolicyObject } from "./rule";

/** The ConfigMap in a course's namespace that the rules go by. Only who governs the namespace may change it. */
export const PARAMETERS_NAME = "course-policy";

/** A size of the course's catalog: the most that a pod of it may ask for. */
export interface PodSize {
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Whole GPUs: exactly so many. */
  readonly gpus: number;
  readonly rdma: boolean;
  /** Its number in the course, from 1: what its priority class ends in (policies/size-classes.ts). */
  readonly number: number;
}

/** A student whose work is counted, or placed, apart. */
export interface CountedStudent {
  readonly id: string;
  readonly group?: string | undefined;
}

/** What differs between sites and courses. */
export interface CourseParameters {
  /** The site's registry, `host:port`. */
  readonly registry: string;
  readonly sizes: readonly PodSize[];
  /** Names of the extended resources that the sizes hand out. */
  readonly devices: readonly string[];
  /** InfiniBand partition of the course, `0x0011`. */
  readonly pkey: string;
  readonly priorityClasses: readonly string[];
  /** CIDRs outside the cluster that the course may reach. */
  readonly egress: readonly string[];
  /** The longest that a job may run. */
  readonly maxRunSeconds: number;
  /** Where students have limits or machines of their own. Default: nobody. */
  readonly students?: readonly CountedStudent[];
  /** What the classes of students with limits begin with. Default: students have no limits. */
  readonly studentClasses?: string;
  /** What each student may hold at once, by name in a quota. Default: students have no limits. */
  readonly studentLimits?: Readonly<Record<string, string>>;
  /** Pods that the course may hold of a size, by its number. A size that is not named has no bound of its own. */
  readonly sizePods?: Readonly<Record<string, number>>;
  /** Machines of each group. Default: no groups. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/** As the data of the ConfigMap: CEL splits text, but reads no JSON. */
export function formatParameters(course: CourseParameters): Record<string, string> {
  // A pod is of the first that it fits.
  const sizes = [...course.sizes]
    .sort(bySize)
    .map(({ name, cpus, memoryBytes, gpus, rdma, number }) =>
      [name, cpus, formatSize(memoryBytes), gpus, rdma ? 1 : 0, number].join(" "),
    );
  const students = (course.students ?? []).map(({ id, group }) =>
    group === undefined ? id : `${id}=${group}`,
  );
  const groups = Object.entries(course.groups ?? {}).map(
    ([group, machines]) => `${group}=${machines.join(",")}`,
  );
  return {
    registry: course.registry,
    sizes: sizes.join("\n"),
    devices: course.devices.join(" "),
    pkey: course.pkey,
    priorityClasses: course.priorityClasses.join(" "),
    egress: course.egress.join(" "),
    maxRunSeconds: String(course.maxRunSeconds),
    students: students.join(" "),
    studentClasses: course.studentClasses ?? "",
    studentLimits: formatPairs(course.studentLimits ?? {}),
    sizePods: formatPairs(course.sizePods ?? {}),
    groups: groups.join(" "),
  };
}

const formatPairs = (pairs: Readonly<Record<string, string | number>>) =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

/** Smaller sizes first. */
export const bySize = (a: PodSize, b: PodSize): number =>
  a.gpus - b.gpus || a.cpus - b.cpus || a.memoryBytes - b.memoryBytes || a.number - b.number;

/** Reads {@link formatParameters} back. A key that is missing allows nothing. */
export function parseParameters(data: Readonly<Record<string, string>>): CourseParameters {
  const words = (key: string) => (data[key] ?? "").split(" ").filter((word) => word !== "");
  const pairs = (key: string) => words(key).map((word) => word.split("=") as [string] | [string, string]);
  return {
    registry: data["registry"] ?? "",
    sizes: (data["sizes"] ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [name = "", cpus, memory = "", gpus, rdma, number] = line.split(" ");
        const memoryBytes = parseSize(memory) ?? 0;
        return {
          name,
          cpus: Number(cpus),
          memoryBytes,
          gpus: Number(gpus),
          rdma: rdma === "1",
          number: Number(number),
        };
      }),
    devices: words("devices"),
    pkey: data["pkey"] ?? "",
    priorityClasses: words("priorityClasses"),
    egress: words("egress"),
    maxRunSeconds: Number(data["maxRunSeconds"] ?? 0),
    students: pairs("students").map(([id, group]) => ({ id, group })),
    studentClasses: data["studentClasses"] ?? "",
    studentLimits: Object.fromEntries(pairs("studentLimits").map(([name, most = ""]) => [name, most])),
    sizePods: Object.fromEntries(pairs("sizePods").map(([number, most]) => [number, Number(most)])),
    groups: Object.fromEntries(
      pairs("groups").map(([group, machines = ""]) => [group, machines.split(",")] as const),
    ),
  };
}

/** The parameters of a namespace among the objects of a stack. */
export function parametersOf(
  objects: readonly PolicyObject[],
  namespace: string | undefined,
): CourseParameters | undefined {
  const found = objects.find(
    ({ kind, apiVersion, metadata }) =>
      kind === "ConfigMap" &&
      apiVersion === "v1" &&
      metadata?.name === PARAMETERS_NAME &&
      metadata.namespace === namespace,
  );
  return found === undefined ? undefined : parseParameters((found.data ?? {}) as Record<string, string>);
}
