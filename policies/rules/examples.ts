import type { PolicyObject } from "../rule";
import type { Container, PodSpec } from "../workloads";

/** The registry of the examples. */
export const REGISTRY = "registry.example:5000";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** A container that breaks no rule. */
export const goodContainer: Container = {
  name: "train",
  image: `${REGISTRY}/lectern/base@${DIGEST}`,
  resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: "1", memory: "2Gi" } },
};

export function pod(
  spec: PodSpec = {},
  container: Container = goodContainer,
  namespace = "course-x",
): PolicyObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "train", namespace },
    spec: { containers: [container], ...spec },
  };
}

export function deployment(container: Container = goodContainer, spec: PodSpec = {}): PolicyObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "notebook", namespace: "course-x" },
    spec: {
      selector: { matchLabels: { app: "notebook" } },
      template: { metadata: { labels: { app: "notebook" } }, spec: { containers: [container], ...spec } },
    },
  };
}

export function cronJob(container: Container = goodContainer): PolicyObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", namespace: "course-x" },
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: { spec: { template: { spec: { containers: [container], restartPolicy: "Never" } } } },
    },
  };
}

/** A gang of two tasks; the container given is that of the second. */
export function volcanoJob(container: Container = goodContainer): PolicyObject {
  const task = (name: string, of: Container) => ({
    name,
    replicas: 1,
    template: { spec: { containers: [of], restartPolicy: "Never" } },
  });
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: { name: "gang", namespace: "course-x" },
    spec: {
      minAvailable: 2,
      schedulerName: "volcano",
      tasks: [task("first", goodContainer), task("second", container)],
    },
  };
}
