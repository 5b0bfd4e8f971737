import type { Rule } from "../rule";
import { celDeclaredContainers, declaredContainers, WORKLOADS } from "../workloads";
import { cronJob, deployment, goodContainer, pod, volcanoJob } from "./examples";

const RESOURCES = ["cpu", "memory"] as const;
const FIX =
  "set resources.limits.cpu and resources.limits.memory; a request that is left out equals its limit";
const unlimited = { ...goodContainer, resources: {} };
const onlyRequests = { ...goodContainer, resources: { requests: { cpu: "1", memory: "1Gi" } } };
const noMemory = { ...goodContainer, resources: { limits: { cpu: "1" } } };
const onlyLimits = { ...goodContainer, resources: { limits: { cpu: "1", memory: "1Gi" } } };

/** Kubernetes takes a missing request to be the limit (API reference, ResourceRequirements), so limits are what counts. */
export const workloadLimits: Rule = {
  name: "workload-limits",
  purpose: "A container without limits can take the whole machine from the other course that runs there.",
  level: "mandatory",
  kinds: WORKLOADS,
  inCourseNamespaces: true,
  checkObject: (object) =>
    declaredContainers(object).flatMap(({ path, value }) =>
      RESOURCES.filter((resource) => value.resources?.limits?.[resource] === undefined).map((resource) => ({
        path: `${path}.resources.limits.${resource}`,
        value: "(missing)",
        problem: `container ${value.name ?? ""} may use all ${resource} of its machine`,
        fix: FIX,
      })),
    ),
  cel: () => [
    {
      expression: celDeclaredContainers(
        "has(c.resources) && has(c.resources.limits) && 'cpu' in c.resources.limits && 'memory' in c.resources.limits",
      ),
      message: `a container has no limits for cpu and memory; fix: ${FIX}`,
    },
  ],
  keeps: [
    { title: "a pod with requests and limits", objects: [pod()] },
    { title: "limits alone", objects: [pod({}, onlyLimits)] },
    { title: "a gang job", objects: [volcanoJob()] },
    { title: "a nightly job", objects: [cronJob()] },
    {
      title: "a first container with limits",
      objects: [pod({ initContainers: [{ ...onlyLimits, name: "first" }] })],
    },
  ],
  breaks: [
    { title: "a deployment without resources", objects: [deployment(unlimited)] },
    { title: "requests alone", objects: [pod({}, onlyRequests)] },
    { title: "no limit for memory", objects: [pod({}, noMemory)] },
    { title: "the second task of a gang job", objects: [volcanoJob(unlimited)] },
    { title: "a nightly job", objects: [cronJob(noMemory)] },
    {
      title: "a first container without limits",
      objects: [pod({ initContainers: [{ ...unlimited, name: "first" }] })],
    },
  ],
};
