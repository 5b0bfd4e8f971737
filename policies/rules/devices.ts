import { celTexts } from "../cel";
import { declaredContainer, everyPod } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { asking, deployment, goodContainer, GPU, pod, RDMA, volcanoJob } from "./examples";
import { nvidia } from "./sources";

/** What every machine has. */
const PLAIN = ["cpu", "memory", "ephemeral-storage"];

const named = (resources: { readonly limits?: object; readonly requests?: object } | undefined) => [
  ...Object.keys(resources?.limits ?? {}),
  ...Object.keys(resources?.requests ?? {}),
];

const celNamed = (list: string) =>
  `(!has(c.resources) || !has(c.resources.${list}) || ` +
  `c.resources.${list}.all(r, r in ${celTexts(PLAIN)} || r in params.data.devices.split(' ')))`;

export const devices: Rule = {
  name: "devices",
  purpose:
    "A course uses the devices of its sizes: whole GPUs and its own RDMA pool, no shared slices, no others.",
  level: "mandatory",
  stops: nvidia(
    "A time-sliced GPU has no memory of its own: one course reads, and exhausts, what another computes.",
  ),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    declaredContainer({
      path: "resources",
      holds: ({ resources }, { course }) =>
        course === undefined ||
        named(resources).every((name) => [...PLAIN, ...course.devices].includes(name)),
      cel: `${celNamed("limits")} && ${celNamed("requests")}`,
      problem: "the container asks for a device that no size of the course has",
      fix: "use the resource names of the course's ConfigMap `instance-sizes`",
    }),
    everyPod({
      path: "spec.resourceClaims",
      holds: ({ spec }) => (spec?.resourceClaims ?? []).length === 0,
      cel: "!has(p.spec.resourceClaims) || size(p.spec.resourceClaims) == 0",
      problem: "devices by claim are counted by no quota and no queue",
      fix: "ask for a size with GPUs instead",
    }),
  ],
  keeps: [
    { title: "no device", objects: [pod()] },
    { title: "GPUs and RDMA of a size", objects: [volcanoJob(asking({ [GPU]: "2", [RDMA]: "1" }))] },
    {
      title: "disk of the machine, which is no device",
      objects: [pod({}, asking({ "ephemeral-storage": "1Gi" }))],
    },
  ],
  breaks: [
    {
      title: "a slice of a GPU that is shared in time",
      objects: [volcanoJob(asking({ "nvidia.com/gpu.shared": "1" }))],
    },
    { title: "huge pages", objects: [deployment(asking({ "hugepages-2Mi": "512Mi" }))] },
    { title: "another course's RDMA pool", objects: [deployment(asking({ "rdma/course_y": "1" }))] },
    {
      title: "a device among the requests alone",
      objects: [
        volcanoJob({
          ...goodContainer,
          resources: { ...goodContainer.resources, requests: { "nvidia.com/mig-1g.10gb": "1" } },
        }),
      ],
    },
    {
      title: "a device among the limits alone",
      objects: [
        volcanoJob({
          ...goodContainer,
          resources: { ...goodContainer.resources, limits: { "nvidia.com/mig-1g.10gb": "1" } },
        }),
      ],
    },
    {
      title: "a device in a first container",
      objects: [
        deployment(goodContainer, { initContainers: [{ ...asking({ "amd.com/gpu": "1" }), name: "first" }] }),
      ],
    },
    {
      title: "a device by claim",
      objects: [
        volcanoJob(
          goodContainer,
          {},
          { resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "gpu" }] },
        ),
      ],
    },
  ],
};
