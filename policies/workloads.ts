import type { KindMatch, PolicyObject } from "./rule";

/** Every kind that makes pods. */
export const WORKLOADS: readonly KindMatch[] = [
  { group: "", version: "v1", kind: "Pod", resource: "pods" },
  { group: "apps", version: "v1", kind: "Deployment", resource: "deployments" },
  { group: "apps", version: "v1", kind: "ReplicaSet", resource: "replicasets" },
  { group: "apps", version: "v1", kind: "StatefulSet", resource: "statefulsets" },
  { group: "apps", version: "v1", kind: "DaemonSet", resource: "daemonsets" },
  { group: "batch", version: "v1", kind: "Job", resource: "jobs" },
  { group: "batch", version: "v1", kind: "CronJob", resource: "cronjobs" },
  { group: "batch.volcano.sh", version: "v1alpha1", kind: "Job", resource: "jobs" },
];

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly resources?: {
    readonly limits?: Readonly<Record<string, unknown>>;
    readonly requests?: Readonly<Record<string, unknown>>;
  };
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
  readonly ports?: readonly { readonly containerPort: number; readonly hostPort?: number }[];
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  /** Debug containers, added to a running pod. */
  readonly ephemeralContainers?: readonly Container[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly volumes?: readonly { readonly name?: string; readonly hostPath?: unknown }[];
}

/** A part of an object, and where it stands in it. */
export interface Located<T> {
  readonly path: string;
  readonly value: T;
}

interface Template {
  readonly template?: { readonly spec?: PodSpec };
}

/** The pod specifications of a workload; a Volcano job has one a task. */
export function podSpecs(object: PolicyObject): Located<PodSpec>[] {
  const spec = object.spec as
    | (Template & {
        readonly jobTemplate?: { readonly spec?: Template };
        readonly tasks?: readonly Template[];
      })
    | undefined;
  if (object.kind === "Pod") return located("spec", spec as PodSpec | undefined);
  if (object.kind === "CronJob") {
    return located("spec.jobTemplate.spec.template.spec", spec?.jobTemplate?.spec?.template?.spec);
  }
  if (object.apiVersion?.startsWith("batch.volcano.sh/")) {
    return (spec?.tasks ?? []).flatMap((task, i) =>
      located(`spec.tasks[${i}].template.spec`, task.template?.spec),
    );
  }
  return located("spec.template.spec", spec?.template?.spec);
}

/** Containers of a workload that are part of its declaration. */
export function declaredContainers(object: PolicyObject): Located<Container>[] {
  return containersIn(object, ["initContainers", "containers"]);
}

/** All containers of a workload, debug containers too. */
export function allContainers(object: PolicyObject): Located<Container>[] {
  return containersIn(object, ["initContainers", "containers", "ephemeralContainers"]);
}

function containersIn(
  object: PolicyObject,
  lists: readonly ("initContainers" | "containers" | "ephemeralContainers")[],
): Located<Container>[] {
  return podSpecs(object).flatMap(({ path, value: pod }) =>
    lists.flatMap((list) => (pod[list] ?? []).map((value, i) => ({ path: `${path}.${list}[${i}]`, value }))),
  );
}

function located<T>(path: string, value: T | undefined): Located<T>[] {
  return value === undefined ? [] : [{ path, value }];
}

/** {@link podSpecs} for the API server, as the variable `podSpecs`. */
export const CEL_POD_SPECS = [
  "object.kind == 'Pod' ? [object.spec]",
  "object.kind == 'CronJob' ? [object.spec.jobTemplate.spec.template.spec]",
  "object.apiVersion.startsWith('batch.volcano.sh/') ? object.spec.tasks.map(t, t.template.spec)",
  "[object.spec.template.spec]",
].join(" : ");

const list = (name: string) => `(has(s.${name}) ? s.${name} : [])`;

/** A requirement of every declared container `c`, in CEL. */
export function celDeclaredContainers(requirement: string): string {
  return `variables.podSpecs.all(s, (${list("initContainers")} + s.containers).all(c, ${requirement}))`;
}

/** A requirement of every container `c`, debug containers too, in CEL. */
export function celAllContainers(requirement: string): string {
  // Each list has its own type in the API, so they are not added up.
  const all = ["initContainers", "containers", "ephemeralContainers"].map(
    (name) => `${list(name)}.all(c, ${requirement})`,
  );
  return `variables.podSpecs.all(s, ${all.join(" && ")})`;
}
