import type { KubeApi } from "../base/kubernetes/api";
import { follow } from "../base/kubernetes/follow";
import type { KubeObject } from "../base/kubernetes/objects";
import { BUDGET_ANNOTATION, SPENT_STATE } from "../policies/course-states";
import { parseParameters, type PodSize, PARAMETERS_NAME } from "../policies/parameters";
import { COURSE_LABEL } from "../policies/rule";
import { limitOf } from "../policies/quantity";
import type { Container } from "../policies/workloads";
import type { LedgerPod } from "./pods";

/** A course as its namespace tells. */
export interface LedgerCourse {
  readonly course: string;
  readonly namespace: string;
  /** Milliseconds since 1970: what ran before is another semester's. */
  readonly since: number;
  /** GPU hours. Absent: no limit. */
  readonly budget?: number;
  /** What stands in {@link SPENT_STATE}. */
  readonly spent?: string;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What the recorder knows beside pods: nodes, courses, their students and sizes. */
export class Surroundings {
  private readonly nodes = new Copy<KubeObject>();
  private readonly namespaces = new Copy<KubeObject>();
  private readonly accounts = new Copy<KubeObject>();
  private readonly parameters = new Copy<ConfigMap>();

  constructor(private readonly api: KubeApi) {}

  /** Follows all of it until the signal comes. @param ready Called once all is known. */
  async run(signal: AbortSignal, ready: () => void, onError: (error: Error) => void): Promise<void> {
    let told = false;
    const all = [this.nodes, this.namespaces, this.accounts, this.parameters];
    const look = (): void => {
      if (!told && all.every((copy) => copy.listed)) {
        told = true;
        ready();
      }
    };
    const course = encodeURIComponent(COURSE_LABEL);
    const watches: readonly [Copy<KubeObject>, string, string?][] = [
      [this.nodes, "/api/v1/nodes"],
      [this.namespaces, "/api/v1/namespaces", `labelSelector=${course}`],
      [this.accounts, "/api/v1/serviceaccounts", "labelSelector=lectern.dev%2Frole%3Dstudent"],
      [this.parameters, "/api/v1/configmaps", `fieldSelector=metadata.name%3D${PARAMETERS_NAME}`],
    ];
    await Promise.all(
      watches.map(([copy, path, query]) =>
        follow(this.api, path, copy.listener(look, onError), signal, query),
      ),
    );
  }

  courses(): LedgerCourse[] {
    return this.namespaces.in("").map(courseOf);
  }

  course(namespace: string): LedgerCourse | undefined {
    const found = this.namespaces.get("", namespace);
    return found && courseOf(found);
  }

  /** Labels of a node. One that was bound to before its news came is asked for. */
  async nodeLabels(name: string): Promise<Readonly<Record<string, string>>> {
    const known = this.nodes.get("", name);
    if (known) return known.metadata.labels ?? {};
    try {
      return (await this.api.get<KubeObject>(`/api/v1/nodes/${name}`)).metadata.labels ?? {};
    } catch {
      return {};
    }
  }

  /** Whose work a pod is: it is called after its student (policies/rules/own-work.ts). Empty: the course's own. */
  studentOf(pod: LedgerPod): string {
    const { namespace = "", name } = pod.metadata;
    const students = this.accounts
      .in(namespace)
      .map((account) => account.metadata.labels?.["lectern.dev/person"] ?? "");
    return ownerByName(name, students);
  }

  /** Name of the smallest size of the course that the pod fits; empty: none. */
  sizeOf(pod: LedgerPod, gpus: number): string {
    const data = this.parameters.get(pod.metadata.namespace ?? "", PARAMETERS_NAME)?.data;
    return data === undefined ? "" : smallestSize(pod, gpus, parseParameters(data).sizes);
  }
}

/** The student whose name and a hyphen the pod's name begins with. Pure. */
export function ownerByName(pod: string, students: readonly string[]): string {
  return students
    .filter((student) => student !== "" && pod.startsWith(`${student}-`))
    .reduce((longest, student) => (student.length > longest.length ? student : longest), "");
}

/** Pure. */
export function smallestSize({ spec }: LedgerPod, gpus: number, sizes: readonly PodSize[]): string {
  const asked = (resource: string): number =>
    spec.containers.reduce((sum, c) => sum + limitOf(c as unknown as Container, resource), 0);
  const [cpus, memory] = [asked("cpu"), asked("memory")];
  const fitting = sizes.filter((s) => s.gpus === gpus && cpus <= s.cpus && memory <= s.memoryBytes);
  return fitting.sort((a, b) => a.cpus - b.cpus || a.memoryBytes - b.memoryBytes)[0]?.name ?? "";
}

function courseOf({ metadata }: KubeObject): LedgerCourse {
  const { name, labels = {}, annotations = {}, creationTimestamp } = metadata;
  const budget = Number(annotations[BUDGET_ANNOTATION]);
  // By the label courses are judged: without it, the course is not marked yet.
  const spent = labels[SPENT_STATE] === undefined ? undefined : annotations[SPENT_STATE];
  return {
    course: labels[COURSE_LABEL] ?? "",
    namespace: name,
    since: Date.parse(creationTimestamp ?? "") || 0,
    ...(annotations[BUDGET_ANNOTATION] !== undefined && Number.isFinite(budget) ? { budget } : {}),
    ...(spent === undefined ? {} : { spent }),
  };
}

/** The objects of one collection, by namespace. */
class Copy<T extends KubeObject> {
  private readonly namespaces = new Map<string, Map<string, T>>();
  listed = false;

  get(namespace: string, name: string): T | undefined {
    return this.namespaces.get(namespace)?.get(name);
  }

  /** @param namespace Empty: objects that have none. */
  in(namespace: string): T[] {
    return [...(this.namespaces.get(namespace)?.values() ?? [])];
  }

  listener(onChange: () => void, onError: (error: Error) => void) {
    return {
      onList: (objects: readonly KubeObject[]): void => {
        this.namespaces.clear();
        for (const object of objects) this.put(object as T);
        this.listed = true;
        onChange();
      },
      onChange: (type: string, object: KubeObject): void => {
        const { namespace = "", name } = object.metadata;
        if (type === "DELETED") this.namespaces.get(namespace)?.delete(name);
        else this.put(object as T);
        onChange();
      },
      onError,
    };
  }

  private put(object: T): void {
    const { namespace = "", name } = object.metadata;
    const found = this.namespaces.get(namespace) ?? new Map<string, T>();
    found.set(name, object);
    this.namespaces.set(namespace, found);
  }
}
