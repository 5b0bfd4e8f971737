import type { KindMatch, PolicyObject } from "./rule";

const kind = (group: string, version: string, name: string): KindMatch => ({
  group,
  version,
  kind: name,
  resource: `${name.toLowerCase()}s`,
});

export const POD = kind("", "v1", "Pod");
export const CONFIG_MAP = kind("", "v1", "ConfigMap");
export const JOB = kind("batch", "v1", "Job");
export const CRON_JOB = kind("batch", "v1", "CronJob");
export const VOLCANO_JOB = kind("batch.volcano.sh", "v1alpha1", "Job");

/** Every kind that makes pods. */
export const WORKLOADS: readonly KindMatch[] = [
  POD,
  kind("", "v1", "PodTemplate"),
  kind("", "v1", "ReplicationController"),
  kind("apps", "v1", "Deployment"),
  kind("apps", "v1", "ReplicaSet"),
  kind("apps", "v1", "StatefulSet"),
  kind("apps", "v1", "DaemonSet"),
  JOB,
  CRON_JOB,
  VOLCANO_JOB,
];

type Resources = Readonly<Record<string, unknown>>;

interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly procMount?: string;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
  readonly seLinuxOptions?: { readonly type?: string; readonly user?: string; readonly role?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
  readonly sysctls?: readonly { readonly name: string }[];
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string } };
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly resources?: { readonly limits?: Resources; readonly requests?: Resources };
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly containerPort: number; readonly hostPort?: number }[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  /** `Always` for an init container that goes on beside the others, a sidecar. */
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
}

export interface Volume {
  readonly name?: string;
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly secret?: { readonly secretName?: string };
  readonly projected?: {
    readonly sources?: readonly {
      readonly secret?: { readonly name?: string };
      readonly serviceAccountToken?: object;
    }[];
  };
  readonly [source: string]: unknown;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  /** Debug containers, added to a running pod. */
  readonly ephemeralContainers?: readonly Container[];
  readonly securityContext?: SecurityContext;
  readonly volumes?: readonly Volume[];
  readonly tolerations?: readonly Toleration[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: object;
  readonly schedulerName?: string;
  readonly priorityClassName?: string;
  readonly runtimeClassName?: string;
  readonly serviceAccountName?: string;
  readonly serviceAccount?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly restartPolicy?: string;
  readonly resources?: object;
  readonly resourceClaims?: readonly object[];
}

/** A pod, or the template of some. */
export interface PodTemplate {
  readonly metadata?: NonNullable<PolicyObject["metadata"]>;
  readonly spec?: PodSpec;
}

/** A part of an object, and where it stands in it. */
export interface Located<T> {
  readonly path: string;
  readonly value: T;
}

interface Template {
  readonly template?: PodTemplate;
}

/** The pod, or the pod templates, of a workload; a Volcano job has one a task. Paths end before `spec`. */
export function pods(object: PolicyObject): Located<PodTemplate>[] {
  const spec = object.spec as
    | (Template & {
        readonly jobTemplate?: { readonly spec?: Template };
        readonly tasks?: readonly Template[];
      })
    | undefined;
  if (object.kind === "Pod") return [{ path: "", value: object }];
  if (object.kind === "PodTemplate") return located("template.", object.template as PodTemplate | undefined);
  if (object.kind === "CronJob") {
    return located("spec.jobTemplate.spec.template.", spec?.jobTemplate?.spec?.template);
  }
  if (object.apiVersion?.startsWith("batch.volcano.sh/")) {
    return (spec?.tasks ?? []).flatMap((task, i) => located(`spec.tasks[${i}].template.`, task.template));
  }
  return located("spec.template.", spec?.template);
}

export type ContainerList = "initContainers" | "containers" | "ephemeralContainers";

/** Containers of a pod, each with its place. */
export function containersOf(
  pod: Located<PodTemplate>,
  lists: readonly ContainerList[],
): Located<Container>[] {
  return lists.flatMap((list) =>
    (pod.value.spec?.[list] ?? []).map((value, i) => ({ path: `${pod.path}spec.${list}[${i}].`, value })),
  );
}

export const DECLARED: readonly ContainerList[] = ["initContainers", "containers"];
export const ALL: readonly ContainerList[] = [...DECLARED, "ephemeralContainers"];

/** A template without a specification makes no pods; Volcano's definition allows one. */
function located(path: string, value: PodTemplate | undefined): Located<PodTemplate>[] {
  return value?.spec === undefined ? [] : [{ path, value }];
}

/** {@link pods} for the API server. */
const CEL_PODS = [
  "object.kind == 'Pod' ? [object]",
  "object.kind == 'PodTemplate' ? [object.template]",
  "object.kind == 'CronJob' ? [object.spec.jobTemplate.spec.template]",
  "object.apiVersion.startsWith('batch.volcano.sh/') ? " +
    "(has(object.spec) && has(object.spec.tasks) ? object.spec.tasks : []).filter(t, has(t.template) && has(t.template.spec)).map(t, t.template)",
  "has(object.spec) && has(object.spec.template) ? [object.spec.template] : []",
].join(" : ");

/** A list of a pod `p` in CEL; empty where there is none. */
export const celList = (path: string) => `(has(${path}) ? ${path} : [])`;

/** The containers of a pod `p` in CEL. */
export const celContainersOf = (lists: readonly ContainerList[]) =>
  `(${lists.map((list) => celList(`p.spec.${list}`)).join(" + ")})`;

/** Containers of a pod `p` in CEL: those that are declared, and all, debug containers too. */
export const CEL_CONTAINERS: Readonly<Record<string, string>> = {
  declared: celContainersOf(DECLARED),
  containers: celContainersOf(ALL),
};

/** Variables of CEL: the pods of the object, and their containers. */
export const CEL_WORKLOADS: Readonly<Record<string, string>> = {
  pods: CEL_PODS,
  ...Object.fromEntries(
    Object.entries(CEL_CONTAINERS).map(([name, list]) => [name, `variables.pods.map(p, ${list}).flatten()`]),
  ),
};
