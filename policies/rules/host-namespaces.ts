import { everyContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { type Container, WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { podSecurity } from "./sources";

const HOST_NAMESPACES = ["hostNetwork", "hostPID", "hostIPC"] as const;
/** Where a container says what the kubelet is to call, from the network of the machine. */
const PROBES = [
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle.postStart",
  "lifecycle.preStop",
];
const ACTIONS = ["httpGet", "tcpSocket"];

function probedHosts(container: Container): unknown[] {
  return PROBES.flatMap((path) => {
    const probe = path
      .split(".")
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], container);
    return ACTIONS.map(
      (action) => (probe as Record<string, { readonly host?: string }> | undefined)?.[action]?.host,
    );
  });
}
const celHas = (path: string) => {
  const parts = path.split(".");
  return parts.map((_, i) => `has(c.${parts.slice(0, i + 1).join(".")})`).join(" && ");
};
const CEL_UNPROBED = PROBES.flatMap((probe) =>
  ACTIONS.map((action) => {
    const host = `${probe}.${action}.host`;
    return `(!(${celHas(host)}) || c.${host} == '')`;
  }),
).join(" && ");
const probing = (host: string): Container => ({
  ...goodContainer,
  ...{ readinessProbe: { httpGet: { host, port: 80 } } },
});

/** A container that calls another address in one of the ways. */
const calling = (probe: string, action: string): Container => {
  const call = { [action]: { host: "192.0.2.1", port: 80 } };
  const [outer = "", inner] = probe.split(".");
  return { ...goodContainer, ...{ [outer]: inner === undefined ? call : { [inner]: call } } };
};

const taking = (hostPort: number) => ({ ...goodContainer, ports: [{ containerPort: 22, hostPort }] });

export const hostNamespaces: Rule = {
  name: "host-namespaces",
  purpose: "What a course runs has a network, processes and memory of its own, never those of the machine.",
  level: "mandatory",
  stops: podSecurity(
    "A pod in the machine's namespaces sees the traffic and the processes of every other course.",
  ),
  kinds: WORKLOADS,
  podSecurity: true,
  requirements: [
    ...HOST_NAMESPACES.map((field) =>
      everyPod({
        path: `spec.${field}`,
        holds: ({ spec }) => spec?.[field] !== true,
        cel: `!has(p.spec.${field}) || !p.spec.${field}`,
        problem: "the pod joins a namespace of the machine",
        fix: `leave ${field} out`,
      }),
    ),
    everyContainer({
      path: "ports",
      holds: ({ ports }) => (ports ?? []).every(({ hostPort }) => (hostPort ?? 0) === 0),
      cel: "!has(c.ports) || c.ports.all(o, !has(o.hostPort) || o.hostPort == 0)",
      problem: "the container takes a port of its machine",
      fix: "leave hostPort out and use a Service",
    }),
    everyContainer({
      path: "readinessProbe",
      holds: (container) => probedHosts(container).every((host) => (host ?? "") === ""),
      cel: CEL_UNPROBED,
      problem: "a probe or hook has the machine call an address of the container's choice",
      fix: "leave host out of httpGet and tcpSocket",
    }),
    everyPod({
      path: "spec.securityContext.windowsOptions.hostProcess",
      holds: ({ spec }) => spec?.securityContext?.windowsOptions?.hostProcess !== true,
      cel:
        "!has(p.spec.securityContext) || !has(p.spec.securityContext.windowsOptions) || " +
        "!has(p.spec.securityContext.windowsOptions.hostProcess) || !p.spec.securityContext.windowsOptions.hostProcess",
      problem: "the pod is a process of the machine",
      fix: "leave hostProcess out",
    }),
    everyContainer({
      path: "securityContext.windowsOptions.hostProcess",
      holds: ({ securityContext }) => securityContext?.windowsOptions?.hostProcess !== true,
      cel:
        "!has(c.securityContext) || !has(c.securityContext.windowsOptions) || " +
        "!has(c.securityContext.windowsOptions.hostProcess) || !c.securityContext.windowsOptions.hostProcess",
      problem: "the container is a process of the machine",
      fix: "leave hostProcess out",
    }),
  ],
  keeps: [
    { title: "an ordinary pod", objects: [pod()] },
    {
      title: "a port inside the pod",
      objects: [deployment({ ...goodContainer, ports: [{ containerPort: 8888 }] })],
    },
    { title: "a probe of the container itself", objects: [volcanoJob(probing(""))] },
    { title: "host port 0, which is none", objects: [deployment(taking(0))] },
    {
      title: "host namespaces named and refused",
      objects: [pod({ hostNetwork: false, hostPID: false, hostIPC: false })],
    },
    {
      title: "a Windows process of its own",
      objects: [
        volcanoJob({
          ...goodContainer,
          securityContext: { ...goodContainer.securityContext, windowsOptions: { hostProcess: false } },
        }),
      ],
    },
  ],
  breaks: [
    ...PROBES.flatMap((probe) =>
      ACTIONS.map((action) => ({
        title: `${probe}.${action} to another address`,
        objects: [pod({}, calling(probe, action))],
      })),
    ),
    ...HOST_NAMESPACES.map((field) => ({ title: field, objects: [pod({ [field]: true })] })),
    {
      title: "the machine's network in a gang job",
      objects: [volcanoJob(goodContainer, {}, { hostNetwork: true })],
    },
    { title: "a probe of another address", objects: [volcanoJob(probing("192.0.2.1"))] },
    {
      title: "a hook that calls another address",
      objects: [
        deployment({
          ...goodContainer,
          ...{ lifecycle: { preStop: { tcpSocket: { host: "192.0.2.1", port: 623 } } } },
        }),
      ],
    },
    { title: "a port of the machine", objects: [pod({}, taking(22))] },
    {
      title: "a first container with a port of the machine",
      objects: [pod({ initContainers: [{ ...taking(22), name: "first" }] })],
    },
    {
      title: "a Windows pod on the machine",
      objects: [
        volcanoJob(
          goodContainer,
          {},
          {
            securityContext: {
              runAsNonRoot: true,
              seccompProfile: { type: "RuntimeDefault" },
              windowsOptions: { hostProcess: true },
            },
          },
        ),
      ],
    },
    {
      title: "a Windows container on the machine",
      objects: [
        volcanoJob({
          ...goodContainer,
          securityContext: { ...goodContainer.securityContext, windowsOptions: { hostProcess: true } },
        }),
      ],
    },
  ],
};
