import { type CourseParameters, formatParameters, PARAMETERS_NAME } from "../parameters";
import type { PolicyObject } from "../rule";
import { siteSizeClasses, sizeClass, sizeClassObject } from "../size-classes";
import type { Container, PodSpec } from "../workloads";

/** The registry of the examples. */
export const REGISTRY = "registry.example:5000";
export const NAMESPACE = "course-x";
export const GPU = "nvidia.com/gpu";
export const RDMA = "rdma/hca_shared_devices_a";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** What the course of the examples allows. */
export const PARAMETERS: CourseParameters = {
  registry: REGISTRY,
  sizes: [
    { name: "notebook", cpus: 4, memoryBytes: 16 * 2 ** 30, gpus: 1, rdma: false, number: 1 },
    { name: "gang", cpus: 8, memoryBytes: 32 * 2 ** 30, gpus: 2, rdma: true, number: 2 },
    { name: "half-node", cpus: 24, memoryBytes: 128 * 2 ** 30, gpus: 4, rdma: true, number: 3 },
  ],
  devices: [GPU, RDMA],
  pkey: "0x0011",
  priorityClasses: ["course-urgent"],
  egress: ["192.0.2.0/24"],
  maxRunSeconds: 86400,
  students: [{ id: "ada", group: "red" }, { id: "ben", group: "blue" }, { id: "eva" }],
  studentClasses: "lectern-x.",
  studentLimits: { [`requests.${GPU}`]: "12", "requests.cpu": "96", "requests.memory": "512Gi", pods: "30" },
  sizePods: { "1": 200, "2": 16, "3": 8 },
  groups: { red: ["gpu-3", "gpu-4"], blue: ["gpu-5"] },
};

export const coursePolicy: PolicyObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: PARAMETERS_NAME, namespace: NAMESPACE },
  data: formatParameters(PARAMETERS),
};

export const courseQuota: PolicyObject = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "course", namespace: NAMESPACE },
  spec: { hard: { [`requests.${GPU}`]: "16" } },
};

/** User name of a person of a course, as the course's accounts have it. */
export const person = (role: string, name: string, course = "x") =>
  `system:serviceaccount:course-${course}:${role}-${name}`;
export const ADA = person("student", "ada");
export const CURIE = person("teacher", "curie");

/** A container that breaks no rule. */
export const goodContainer: Container = {
  name: "train",
  image: `${REGISTRY}/lectern/base@${DIGEST}`,
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
};

/** Fields of a pod that breaks no rule. */
export const goodPod: PodSpec = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
};

/** The good container with other limits; requests equal them. */
export function asking(limits: Readonly<Record<string, unknown>>, container = goodContainer): Container {
  const all = { ...container.resources?.limits, ...limits };
  return { ...container, resources: { requests: all, limits: all } };
}

export function pod(
  spec: PodSpec = {},
  container: Container = goodContainer,
  metadata: PolicyObject["metadata"] = {},
): PolicyObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "train", namespace: NAMESPACE, ...metadata },
    spec: { ...goodPod, containers: [container], ...spec },
  };
}

export function deployment(
  container: Container = goodContainer,
  spec: PodSpec = {},
  metadata: object = {},
): PolicyObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "notebook", namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: { app: "notebook" } },
      template: {
        metadata: { labels: { app: "notebook" }, ...metadata },
        spec: { ...goodPod, containers: [container], ...spec },
      },
    },
  };
}

export function batchJob(spec: object = {}, podSpec: PodSpec = {}): PolicyObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "prepare", namespace: NAMESPACE },
    spec: {
      ttlSecondsAfterFinished: 3600,
      activeDeadlineSeconds: 7200,
      template: { spec: { ...goodPod, containers: [goodContainer], restartPolicy: "Never", ...podSpec } },
      ...spec,
    },
  };
}

export function cronJob(container: Container = goodContainer, spec: object = {}): PolicyObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", namespace: NAMESPACE },
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: {
        spec: {
          ttlSecondsAfterFinished: 3600,
          activeDeadlineSeconds: 7200,
          template: { spec: { ...goodPod, containers: [container], restartPolicy: "Never" } },
          ...spec,
        },
      },
    },
  };
}

/** A gang of two tasks; the container, and what is said of its pod, are those of the second. */
export function volcanoJob(
  container: Container = goodContainer,
  spec: object = {},
  podSpec: PodSpec = {},
  metadata: PolicyObject["metadata"] = {},
): PolicyObject {
  const task = (name: string, of: Container, more: PodSpec) => ({
    name,
    replicas: 1,
    template: {
      spec: { ...goodPod, schedulerName: "volcano", containers: [of], restartPolicy: "Never", ...more },
    },
  });
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: { name: "gang", namespace: NAMESPACE, ...metadata },
    spec: {
      minAvailable: 2,
      schedulerName: "volcano",
      queue: NAMESPACE,
      ttlSecondsAfterFinished: 3600,
      tasks: [task("first", goodContainer, {}), task("second", container, podSpec)],
      ...spec,
    },
  };
}

/** A job of the second task of another alone, in so many pods. */
export function alike(replicas: number | undefined, job: PolicyObject): PolicyObject {
  const { tasks, ...others } = job.spec as { readonly tasks: readonly [object, object] };
  return { ...job, spec: { ...others, tasks: [{ ...tasks[1], replicas }] } };
}

/** The object without a field of its specification. */
export function withoutField(from: PolicyObject, field: string): PolicyObject {
  const fields = Object.entries(from.spec as object).filter(([name]) => name !== field);
  return { ...from, spec: Object.fromEntries(fields) };
}

/** An object of the course with only a name and what is given. */
export function object(
  apiVersion: string,
  kind: string,
  rest: object = {},
  metadata: PolicyObject["metadata"] = {},
): PolicyObject {
  return { apiVersion, kind, metadata: { name: "sample", namespace: NAMESPACE, ...metadata }, ...rest };
}

/** One without a namespace. */
export function clusterObject(
  apiVersion: string,
  kind: string,
  rest: object = {},
  metadata: PolicyObject["metadata"] = {},
): PolicyObject {
  return { apiVersion, kind, metadata: { name: "sample", ...metadata }, ...rest };
}

/** What the examples take to be there: without it the API server refuses them for other reasons. */
export const SURROUNDINGS: readonly PolicyObject[] = [
  coursePolicy,
  courseQuota,
  clusterObject("scheduling.k8s.io/v1", "PriorityClass", { value: 1000 }, { name: "course-urgent" }),
  ...siteSizeClasses(),
  ...(PARAMETERS.students ?? []).flatMap(({ id }) =>
    PARAMETERS.sizes.map(({ number }) => sizeClassObject(sizeClass(number, `lectern-x.${id}.`), "")),
  ),
  clusterObject("node.k8s.io/v1", "RuntimeClass", { handler: "nvidia" }, { name: "nvidia" }),
  clusterObject("node.k8s.io/v1", "RuntimeClass", { handler: "runc" }, { name: "runc" }),
  object("v1", "ServiceAccount", {}, { name: "teacher-curie" }),
  object("v1", "ServiceAccount", {}, { name: "student-ada" }),
];
