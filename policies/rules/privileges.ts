import { everyContainer } from "../requirement";
import type { Rule } from "../rule";
import { type Container, WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { podSecurity } from "./sources";

const secured = (securityContext: Container["securityContext"]): Container => ({
  ...goodContainer,
  securityContext: { ...goodContainer.securityContext, ...securityContext },
});

const CONTEXT = "has(c.securityContext)";
const CAPABILITIES = `${CONTEXT} && has(c.securityContext.capabilities)`;

export const privileges: Rule = {
  name: "privileges",
  purpose: "No container of a course has rights over its machine, or can gain them.",
  level: "mandatory",
  stops: podSecurity(
    "A privileged container is root on its machine, and so in every course that runs there.",
  ),
  kinds: WORKLOADS,
  podSecurity: true,
  requirements: [
    everyContainer({
      path: "securityContext.privileged",
      holds: ({ securityContext }) => securityContext?.privileged !== true,
      cel: `!(${CONTEXT}) || !has(c.securityContext.privileged) || !c.securityContext.privileged`,
      problem: "the container is root on its machine",
      fix: "leave privileged out",
    }),
    everyContainer({
      path: "securityContext.allowPrivilegeEscalation",
      holds: ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false,
      cel: `${CONTEXT} && has(c.securityContext.allowPrivilegeEscalation) && !c.securityContext.allowPrivilegeEscalation`,
      problem: "a program in the container can gain rights by setuid",
      fix: "set allowPrivilegeEscalation: false",
    }),
    everyContainer({
      path: "securityContext.capabilities.add",
      holds: ({ securityContext }) => (securityContext?.capabilities?.add ?? []).length === 0,
      cel: `!(${CAPABILITIES}) || !has(c.securityContext.capabilities.add) || size(c.securityContext.capabilities.add) == 0`,
      problem: "the container has rights over its machine",
      fix: "leave capabilities.add out",
    }),
    everyContainer({
      path: "securityContext.capabilities.drop",
      holds: ({ securityContext }) => (securityContext?.capabilities?.drop ?? []).includes("ALL"),
      cel: `${CAPABILITIES} && has(c.securityContext.capabilities.drop) && 'ALL' in c.securityContext.capabilities.drop`,
      problem: "the container keeps the rights that its runtime gives",
      fix: "set capabilities: {drop: [ALL]}",
    }),
    everyContainer({
      path: "securityContext.procMount",
      holds: ({ securityContext }) => (securityContext?.procMount ?? "Default") === "Default",
      cel: `!(${CONTEXT}) || !has(c.securityContext.procMount) || c.securityContext.procMount == 'Default'`,
      problem: "the container sees the kernel's settings unmasked",
      fix: "leave procMount out",
    }),
  ],
  keeps: [
    { title: "an ordinary pod", objects: [pod()] },
    {
      title: "what is refused said aloud",
      objects: [pod({}, secured({ privileged: false, procMount: "Default" }))],
    },
    {
      title: "an empty list of additions",
      objects: [deployment(secured({ capabilities: { add: [], drop: ["ALL"] } }))],
    },
    { title: "a gang job", objects: [volcanoJob()] },
  ],
  breaks: [
    { title: "privileged in a gang job", objects: [volcanoJob(secured({ privileged: true }))] },
    { title: "escalation allowed", objects: [pod({}, secured({ allowPrivilegeEscalation: true }))] },
    {
      title: "nothing said of escalation",
      objects: [pod({}, { ...goodContainer, securityContext: { capabilities: { drop: ["ALL"] } } })],
    },
    {
      title: "an added capability",
      objects: [deployment(secured({ capabilities: { add: ["SYS_ADMIN"], drop: ["ALL"] } }))],
    },
    { title: "rights kept", objects: [pod({}, secured({ capabilities: { drop: ["NET_RAW"] } }))] },
    {
      title: "no capabilities dropped",
      objects: [pod({}, { ...goodContainer, securityContext: { allowPrivilegeEscalation: false } })],
    },
    { title: "/proc unmasked", objects: [volcanoJob(secured({ procMount: "Unmasked" }))] },
    { title: "nothing said at all", objects: [deployment({ ...goodContainer, securityContext: {} })] },
    {
      title: "a first container that can gain rights",
      objects: [pod({ initContainers: [{ ...secured({ allowPrivilegeEscalation: true }), name: "first" }] })],
    },
  ],
};
