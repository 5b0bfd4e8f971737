import { everyContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { ALL, celContainersOf, containersOf, type PodSpec, WORKLOADS } from "../workloads";
import { deployment, goodContainer, goodPod, pod, volcanoJob } from "./examples";
import { podSecurity } from "./sources";

const context = (securityContext: PodSpec["securityContext"]): PodSpec => ({
  securityContext: { ...goodPod.securityContext, ...securityContext },
});
const container = (securityContext: PodSpec["securityContext"]) => ({
  ...goodContainer,
  securityContext: { ...goodContainer.securityContext, ...securityContext },
});
const silent: PodSpec = { securityContext: { seccompProfile: { type: "RuntimeDefault" } } };

/** The container's word counts before the pod's. */
const CEL_SAYS = "has(c.securityContext) && has(c.securityContext.runAsNonRoot)";
const CEL_POD_SAYS =
  "has(p.spec.securityContext) && has(p.spec.securityContext.runAsNonRoot) && p.spec.securityContext.runAsNonRoot";

export const nonRoot: Rule = {
  name: "non-root",
  purpose: "Nobody in a course is root, not even in a container.",
  level: "mandatory",
  stops: podSecurity(
    "Root in a container is one kernel fault away from root on the machine, and owns every file of a shared volume.",
  ),
  kinds: WORKLOADS,
  podSecurity: true,
  requirements: [
    everyPod({
      path: "spec.securityContext.runAsNonRoot",
      holds: (value) =>
        containersOf({ path: "", value }, ALL).every(
          ({ value: c }) =>
            c.securityContext?.runAsNonRoot ?? value.spec?.securityContext?.runAsNonRoot ?? false,
        ),
      cel: `${celContainersOf(ALL)}.all(c, ${CEL_SAYS} ? c.securityContext.runAsNonRoot : (${CEL_POD_SAYS}))`,
      problem: "a container may run as root",
      fix: "set securityContext.runAsNonRoot: true on the pod",
    }),
    everyPod({
      path: "spec.securityContext.runAsUser",
      holds: ({ spec }) => spec?.securityContext?.runAsUser !== 0,
      cel: "!has(p.spec.securityContext) || !has(p.spec.securityContext.runAsUser) || p.spec.securityContext.runAsUser != 0",
      problem: "the pod runs as root",
      fix: "choose another runAsUser, or leave it out",
    }),
    everyContainer({
      path: "securityContext.runAsUser",
      holds: ({ securityContext }) => securityContext?.runAsUser !== 0,
      cel: "!has(c.securityContext) || !has(c.securityContext.runAsUser) || c.securityContext.runAsUser != 0",
      problem: "the container runs as root",
      fix: "choose another runAsUser, or leave it out",
    }),
  ],
  keeps: [
    { title: "said for the pod", objects: [pod()] },
    { title: "said for the container alone", objects: [pod(silent, container({ runAsNonRoot: true }))] },
    { title: "user 1", objects: [deployment(container({ runAsUser: 1 }), context({ runAsUser: 1 }))] },
    { title: "a gang job", objects: [volcanoJob()] },
  ],
  breaks: [
    { title: "nothing said", objects: [pod(silent)] },
    { title: "root allowed", objects: [deployment(goodContainer, context({ runAsNonRoot: false }))] },
    { title: "a container that is excepted", objects: [pod({}, container({ runAsNonRoot: false }))] },
    { title: "a gang job that says nothing", objects: [volcanoJob(goodContainer, {}, silent)] },
    { title: "user 0 of the pod", objects: [deployment(goodContainer, context({ runAsUser: 0 }))] },
    { title: "user 0 of a container", objects: [deployment(container({ runAsUser: 0 }))] },
    {
      title: "a first container as root",
      objects: [pod({ initContainers: [{ ...container({ runAsNonRoot: false }), name: "first" }] })],
    },
  ],
};
