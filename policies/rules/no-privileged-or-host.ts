import type { Fault } from "../../base/faults";
import type { Rule } from "../rule";
import { allContainers, celAllContainers, podSpecs, WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";

const HOST_NAMESPACES = ["hostNetwork", "hostPID", "hostIPC"] as const;
const privileged = { ...goodContainer, securityContext: { privileged: true } };
const capable = { ...goodContainer, securityContext: { capabilities: { add: ["SYS_ADMIN"] } } };
const dropping = {
  ...goodContainer,
  securityContext: { privileged: false, capabilities: { drop: ["ALL"] } },
};
const hostPort = { ...goodContainer, ports: [{ containerPort: 22, hostPort: 22 }] };
const portOnly = { ...goodContainer, ports: [{ containerPort: 8888 }] };

const fault = (path: string, value: unknown, problem: string, fix: string): Fault => ({
  path,
  value: JSON.stringify(value),
  problem,
  fix,
});

export const noPrivilegedOrHost: Rule = {
  name: "no-privileged-or-host",
  purpose: "What a course runs stays inside its namespace and never reaches the machine or another course.",
  level: "mandatory",
  kinds: WORKLOADS,
  inCourseNamespaces: true,
  checkObject: (object) => [
    ...podSpecs(object).flatMap(({ path, value: spec }) => [
      ...HOST_NAMESPACES.filter((field) => spec[field] === true).map((field) =>
        fault(`${path}.${field}`, true, "the pod joins the machine's own namespace", `leave ${field} out`),
      ),
      ...(spec.volumes ?? []).flatMap((volume, i) =>
        volume.hostPath === undefined || volume.hostPath === null
          ? []
          : [
              fault(
                `${path}.volumes[${i}].hostPath`,
                volume.hostPath,
                "the pod mounts a folder of the machine",
                "use the course's volumes, or an emptyDir",
              ),
            ],
      ),
    ]),
    ...allContainers(object).flatMap(({ path, value: container }) => [
      ...(container.securityContext?.privileged === true
        ? [
            fault(
              `${path}.securityContext.privileged`,
              true,
              "the container is root on its machine",
              "leave it out",
            ),
          ]
        : []),
      ...((container.securityContext?.capabilities?.add ?? []).length > 0
        ? [
            fault(
              `${path}.securityContext.capabilities.add`,
              container.securityContext?.capabilities?.add,
              "the container has rights over the machine",
              "leave it out",
            ),
          ]
        : []),
      ...(container.ports ?? []).flatMap((port, i) =>
        (port.hostPort ?? 0) === 0
          ? []
          : [
              fault(
                `${path}.ports[${i}].hostPort`,
                port.hostPort,
                "the container takes a port of its machine",
                "leave it out and use a Service",
              ),
            ],
      ),
    ]),
  ],
  cel: () => [
    ...HOST_NAMESPACES.map((field) => ({
      expression: `variables.podSpecs.all(s, !has(s.${field}) || !s.${field})`,
      message: `the pod joins the machine's own namespace; fix: leave ${field} out`,
    })),
    {
      expression: "variables.podSpecs.all(s, !has(s.volumes) || s.volumes.all(v, !has(v.hostPath)))",
      message: "the pod mounts a folder of the machine; fix: use the course's volumes, or an emptyDir",
    },
    {
      expression: celAllContainers(
        "!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged",
      ),
      message: "a container is root on its machine; fix: leave securityContext.privileged out",
    },
    {
      expression: celAllContainers(
        "!has(c.securityContext) || !has(c.securityContext.capabilities) || " +
          "!has(c.securityContext.capabilities.add) || size(c.securityContext.capabilities.add) == 0",
      ),
      message: "a container has rights over its machine; fix: leave securityContext.capabilities.add out",
    },
    {
      expression: celAllContainers("!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)"),
      message: "a container takes a port of its machine; fix: leave hostPort out and use a Service",
    },
  ],
  keeps: [
    { title: "an ordinary pod", objects: [pod()] },
    { title: "rights given up", objects: [pod({}, dropping)] },
    { title: "a port inside the pod", objects: [deployment(portOnly)] },
    { title: "host namespaces named and refused", objects: [pod({ hostNetwork: false, hostPID: false })] },
  ],
  breaks: [
    { title: "privileged", objects: [pod({}, privileged)] },
    { title: "privileged in a gang job", objects: [volcanoJob(privileged)] },
    { title: "an added capability", objects: [deployment(capable)] },
    { title: "a port of the machine", objects: [pod({}, hostPort)] },
    { title: "the machine's network", objects: [pod({ hostNetwork: true })] },
    { title: "the machine's processes", objects: [pod({ hostPID: true })] },
    { title: "the machine's memory segments", objects: [pod({ hostIPC: true })] },
    {
      title: "a folder of the machine",
      objects: [pod({ volumes: [{ name: "etc", hostPath: { path: "/etc" } }] })],
    },
    {
      title: "a privileged first container",
      objects: [pod({ initContainers: [{ ...privileged, name: "first" }] })],
    },
  ],
};
