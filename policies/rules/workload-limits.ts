import { celIsLimited, celLimit, limitOf, parseQuantity } from "../quantity";
import { declaredContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { type Container, WORKLOADS } from "../workloads";
import { cronJob, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { hardening } from "./sources";

const FIX =
  "set resources.limits.cpu and resources.limits.memory; a request that is left out equals its limit";
const limits = (of: Readonly<Record<string, string>>) => ({ ...goodContainer, resources: { limits: of } });
const asking = (cpu: string, memory: string) => ({
  ...goodContainer,
  resources: { requests: { cpu, memory }, limits: { cpu: "8", memory: "2Gi" } },
});
const requestOf = ({ resources }: Container, resource: string) =>
  parseQuantity(resources?.requests?.[resource]);
const disk = (of: Readonly<Record<string, string>>) => ({
  ...goodContainer,
  resources: Object.fromEntries(
    (["requests", "limits"] as const).map((list) => [
      list,
      {
        ...goodContainer.resources?.[list],
        ...(of[list] !== undefined && { "ephemeral-storage": of[list] }),
      },
    ]),
  ),
});
const onlyRequests = { ...goodContainer, resources: { requests: { cpu: "1", memory: "1Gi" } } };

/** Kubernetes takes a missing request to be the limit (API reference, ResourceRequirements), so limits are what counts. */
export const workloadLimits: Rule = {
  name: "workload-limits",
  purpose: "A container without limits can take the whole machine from the other course that runs there.",
  level: "mandatory",
  stops: hardening("One pod without limits starves every other on its machine, by accident or on purpose."),
  kinds: WORKLOADS,
  requirements: [
    ...(["cpu", "memory"] as const).map((resource) =>
      declaredContainer({
        path: `resources.limits.${resource}`,
        holds: ({ resources }) => resources?.limits?.[resource] !== undefined,
        cel: `has(c.resources) && ${celIsLimited(resource)}`,
        problem: `the container may use all ${resource} of its machine`,
        fix: FIX,
      }),
    ),
    ...(["cpu", "memory", "ephemeral-storage"] as const).map((resource) =>
      declaredContainer({
        path: `resources.requests.${resource}`,
        holds: (c) => requestOf(c, resource) === undefined || requestOf(c, resource) === limitOf(c, resource),
        cel:
          `!has(c.resources) || !has(c.resources.requests) || !('${resource}' in c.resources.requests) || ` +
          // Most are the same text, for which no quantity is read.
          `(${celIsLimited(resource)} && c.resources.requests['${resource}'] == c.resources.limits['${resource}']) || ` +
          `quantity(string(c.resources.requests['${resource}'])).asApproximateFloat() == ${celLimit(resource)}`,
        problem: `the container asks for less ${resource} than it may use, and its machine is promised twice`,
        fix: "leave the request out, or make it equal the limit",
      }),
    ),
    everyPod({
      path: "spec.resources",
      holds: ({ spec }) => spec?.resources === undefined,
      cel: "!has(p.spec.resources)",
      problem: "resources of the pod as a whole go round the sizes and the queue, which count containers",
      fix: "give each container its own",
    }),
  ],
  keeps: [
    { title: "a pod with requests and limits", objects: [pod()] },
    { title: "limits alone", objects: [pod({}, limits({ cpu: "1", memory: "1Gi" }))] },
    { title: "requests in other words", objects: [pod({}, asking("8000m", "2048Mi"))] },
    { title: "a limit for disk", objects: [pod({}, disk({ limits: "4Gi" }))] },
    { title: "a gang job", objects: [volcanoJob()] },
    { title: "a nightly job", objects: [cronJob()] },
    {
      title: "a first container with limits",
      objects: [pod({ initContainers: [{ ...limits({ cpu: "1", memory: "1Gi" }), name: "first" }] })],
    },
  ],
  breaks: [
    { title: "a deployment without resources", objects: [deployment({ ...goodContainer, resources: {} })] },
    { title: "requests alone", objects: [pod({}, onlyRequests)] },
    { title: "a request for fewer cores", objects: [volcanoJob(asking("10m", "2Gi"))] },
    { title: "a request for less memory", objects: [pod({}, asking("8", "1Gi"))] },
    { title: "a request for disk without a limit", objects: [deployment(disk({ requests: "1Gi" }))] },
    { title: "a request for less disk", objects: [volcanoJob(disk({ requests: "1Gi", limits: "8Gi" }))] },
    { title: "no limit for memory", objects: [pod({}, limits({ cpu: "1" }))] },
    { title: "no limit for cores", objects: [pod({}, limits({ memory: "1Gi" }))] },
    { title: "the second task of a gang job", objects: [volcanoJob(limits({ memory: "1Gi" }))] },
    { title: "a nightly job", objects: [cronJob(limits({ cpu: "1" }))] },
    {
      title: "a first container without limits",
      objects: [pod({ initContainers: [{ ...limits({ cpu: "1" }), name: "first" }] })],
    },
    {
      title: "resources of the whole pod",
      objects: [deployment(goodContainer, { resources: { limits: { cpu: "64" } } })],
    },
  ],
};
