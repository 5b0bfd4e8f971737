import { celTexts } from "../cel";
import { everyPod } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { RESERVED } from "./group-machines";
import { asking, deployment, goodContainer, GPU, pod, RDMA, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

/** The taint of GPU machines, and what Kubernetes itself adds to pods. */
const ALLOWED = [
  GPU,
  RDMA,
  // Whose machines these are is for group-machines to say.
  RESERVED,
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
  "node.kubernetes.io/memory-pressure",
];

export const tolerations: Rule = {
  name: "tolerations",
  purpose: "Work of a course stays off the machines of the control plane and of storage.",
  level: "mandatory",
  stops: kubernetes(
    "Taints and Tolerations",
    "concepts/scheduling-eviction/taint-and-toleration/",
  )("A pod on the control plane shares a kernel with the API server's keys."),
  kinds: WORKLOADS,
  requirements: [
    everyPod({
      path: "spec.tolerations",
      holds: ({ spec }) => (spec?.tolerations ?? []).every(({ key }) => ALLOWED.includes(key ?? "")),
      cel: `!has(p.spec.tolerations) || p.spec.tolerations.all(t, has(t.key) && t.key in ${celTexts(ALLOWED)})`,
      problem: "the pod tolerates the taint of machines that are not for courses",
      fix: "leave tolerations out; Kubernetes adds the one for GPU machines",
    }),
  ],
  keeps: [
    { title: "none", objects: [pod()] },
    { title: "that of GPU machines", objects: [pod({ tolerations: [{ key: GPU, operator: "Exists" }] })] },
    { title: "what Kubernetes adds", objects: [pod({ schedulerName: "volcano" }, asking({ [GPU]: "1" }))] },
    {
      title: "a machine that is away for a while",
      objects: [
        deployment(goodContainer, {
          tolerations: [
            {
              key: "node.kubernetes.io/unreachable",
              operator: "Exists",
              effect: "NoExecute",
              tolerationSeconds: 30,
            },
          ],
        }),
      ],
    },
  ],
  breaks: [
    {
      title: "the control plane",
      objects: [pod({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] })],
    },
    {
      title: "everything",
      objects: [volcanoJob(goodContainer, {}, { tolerations: [{ operator: "Exists" }] })],
    },
    {
      title: "storage, beside a good one",
      objects: [
        deployment(goodContainer, {
          tolerations: [
            { key: GPU, operator: "Exists" },
            { key: "lectern.dev/role", value: "storage", effect: "NoSchedule" },
          ],
        }),
      ],
    },
  ],
};
