import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { celContainersOf, celList, DECLARED, type PodSpec, VOLCANO_JOB, WORKLOADS } from "../workloads";
import { asking, deployment, goodContainer, GPU, pod, volcanoJob } from "./examples";
import { volcano } from "./sources";

const FORBIDDEN =
  "^(node-role\\.kubernetes\\.io/.*|lectern\\.dev/role|kubernetes\\.io/hostname|metadata\\.name)$";
const CEL_FORBIDDEN = FORBIDDEN.replaceAll("\\", "\\\\");
const isVolcanoJob = (object: PolicyObject) => object.apiVersion?.startsWith("batch.volcano.sh/") ?? false;
const hasDevice = (spec: PodSpec) =>
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some((c) =>
    Object.keys(c.resources?.limits ?? {}).some((name) => name.includes("/")),
  );
const CEL_HAS_DEVICE = `${celContainersOf(DECLARED)}.exists(c, has(c.resources) && has(c.resources.limits) && c.resources.limits.exists(r, r.contains('/')))`;

interface Term {
  readonly matchExpressions?: readonly { readonly key: string }[];
  readonly matchFields?: readonly { readonly key: string }[];
}
const requiredTerms = (spec: PodSpec | undefined): readonly Term[] => {
  const affinity = spec?.affinity as
    | {
        readonly nodeAffinity?: {
          readonly requiredDuringSchedulingIgnoredDuringExecution?: {
            readonly nodeSelectorTerms?: readonly Term[];
          };
        };
      }
    | undefined;
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
};
const REQUIRED = "p.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
const FREE = "leave it out; choose machines by nvidia.com/gpu.product if it matters";

const affinity = (term: object) => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
  },
});
const expression = (key: string) => affinity({ matchExpressions: [{ key, operator: "Exists" }] });
/** The API server takes other fields than the name in a pod of a Volcano job, until the pod is made. */
const field = (key: string) =>
  affinity({
    matchFields: ["kubernetes.io/arch", key].map((name) => ({ key: name, operator: "In", values: ["a"] })),
  });

export const placement: Rule = {
  name: "placement",
  purpose: "The scheduler that keeps the shares places the work; nobody picks machines past it.",
  level: "mandatory",
  stops: volcano(
    "scheduler",
    "schduler_introduction/",
  )("A pod with nodeName, or with another scheduler, takes GPUs that no queue counts."),
  kinds: WORKLOADS,
  requirements: [
    everyPod({
      path: "spec.nodeName",
      holds: ({ spec }, { request }) => request.operation !== "CREATE" || (spec?.nodeName ?? "") === "",
      cel: "request.operation != 'CREATE' || !has(p.spec.nodeName) || p.spec.nodeName == ''",
      problem: "the pod goes past every scheduler",
      fix: "leave nodeName out",
    }),
    everyPod({
      path: "spec.schedulerName",
      holds: ({ spec = {} }, { object }) =>
        isVolcanoJob(object)
          ? ["", "volcano"].includes(spec.schedulerName ?? "")
          : (hasDevice(spec) ? ["volcano"] : ["volcano", "default-scheduler"]).includes(
              spec.schedulerName ?? "default-scheduler",
            ),
      cel:
        "object.apiVersion.startsWith('batch.volcano.sh/') ? !has(p.spec.schedulerName) || p.spec.schedulerName in ['', 'volcano'] : " +
        "(has(p.spec.schedulerName) ? p.spec.schedulerName : 'default-scheduler') in " +
        `(${CEL_HAS_DEVICE} ? ['volcano'] : ['volcano', 'default-scheduler'])`,
      problem: "the pod's scheduler does not keep the shares of queues",
      fix: "set schedulerName: volcano",
    }),
    wholeObject({
      path: "spec.schedulerName",
      kinds: [VOLCANO_JOB],
      holds: ({ spec }) =>
        ["", "volcano"].includes(
          (spec as { readonly schedulerName?: string } | undefined)?.schedulerName ?? "",
        ),
      cel: "!has(object.spec.schedulerName) || object.spec.schedulerName in ['', 'volcano']",
      problem: "the job's scheduler does not keep the shares of queues",
      fix: "set schedulerName: volcano",
    }),
    everyPod({
      path: "spec.runtimeClassName",
      holds: ({ spec }) => ["", "nvidia"].includes(spec?.runtimeClassName ?? ""),
      cel: "!has(p.spec.runtimeClassName) || p.spec.runtimeClassName in ['', 'nvidia']",
      problem: "the pod chooses its runtime",
      fix: "leave runtimeClassName out, or set it to nvidia",
    }),
    everyPod({
      path: "spec.nodeSelector",
      holds: ({ spec }) =>
        Object.keys(spec?.nodeSelector ?? {}).every((key) => !new RegExp(FORBIDDEN).test(key)),
      cel: `!has(p.spec.nodeSelector) || p.spec.nodeSelector.all(k, !k.matches('${CEL_FORBIDDEN}'))`,
      problem: "the pod picks machines by name or role",
      fix: FREE,
    }),
    everyPod({
      path: "spec.affinity.nodeAffinity",
      holds: ({ spec }) =>
        requiredTerms(spec).every((term) =>
          [...(term.matchExpressions ?? []), ...(term.matchFields ?? [])].every(
            ({ key }) => !new RegExp(FORBIDDEN).test(key),
          ),
        ),
      cel:
        `!has(p.spec.affinity) || !has(p.spec.affinity.nodeAffinity) || !has(${REQUIRED}) || ` +
        `${REQUIRED}.nodeSelectorTerms.all(t, ${["matchExpressions", "matchFields"]
          .map((list) => `${celList(`t.${list}`)}.all(e, !e.key.matches('${CEL_FORBIDDEN}'))`)
          .join(" && ")})`,
      problem: "the pod picks machines by name or role",
      fix: FREE,
    }),
  ],
  keeps: [
    { title: "an ordinary pod", objects: [pod()] },
    { title: "GPUs by Volcano", objects: [pod({ schedulerName: "volcano" }, asking({ [GPU]: "1" }))] },
    { title: "a gang job", objects: [volcanoJob(asking({ [GPU]: "1" }))] },
    {
      title: "a model of GPU",
      objects: [
        pod({ nodeSelector: { "nvidia.com/gpu.product": "A100" }, ...expression("nvidia.com/gpu.count") }),
      ],
    },
    { title: "NVIDIA's runtime", objects: [pod({ runtimeClassName: "nvidia" })] },
    {
      title: "a running pod that is changed",
      operation: "UPDATE",
      was: pod({ nodeName: "gpu-1" }, goodContainer, { name: "placed" }),
      objects: [pod({ nodeName: "gpu-1" }, goodContainer, { name: "placed", labels: { a: "b" } })],
    },
  ],
  breaks: [
    { title: "a machine by name", objects: [pod({ nodeName: "gpu-1" })] },
    { title: "a scheduler of its own", objects: [pod({ schedulerName: "mine" })] },
    { title: "GPUs past the queue", objects: [pod({}, asking({ [GPU]: "1" }))] },
    {
      title: "GPUs of a first container past the queue",
      objects: [
        deployment(goodContainer, { initContainers: [{ ...asking({ [GPU]: "1" }), name: "first" }] }),
      ],
    },
    {
      title: "a task past the queue",
      objects: [volcanoJob(goodContainer, {}, { schedulerName: "default-scheduler" })],
    },
    {
      title: "a job with another scheduler",
      objects: [volcanoJob(goodContainer, { schedulerName: "default-scheduler" })],
    },
    { title: "another runtime", objects: [pod({ runtimeClassName: "runc" })] },
    {
      title: "the control plane by label",
      objects: [deployment(goodContainer, { nodeSelector: { "node-role.kubernetes.io/control-plane": "" } })],
    },
    {
      title: "one machine by label",
      objects: [pod({ nodeSelector: { "kubernetes.io/hostname": "gpu-1" } })],
    },
    {
      title: "a role by label",
      objects: [volcanoJob(goodContainer, {}, { nodeSelector: { "lectern.dev/role": "storage" } })],
    },
    { title: "a role by affinity", objects: [pod(expression("lectern.dev/role"))] },
    {
      title: "one machine by field",
      objects: [
        pod(affinity({ matchFields: [{ key: "metadata.name", operator: "In", values: ["gpu-1"] }] })),
      ],
    },
    ...["node-role.kubernetes.io/worker", "lectern.dev/role", "kubernetes.io/hostname", "metadata.name"].map(
      (key) => ({
        title: `${key}, in each way`,
        objects: [
          pod({ nodeSelector: { [key]: "a" } }),
          pod(expression(key)),
          volcanoJob(goodContainer, {}, field(key)),
        ],
      }),
    ),
  ],
};
