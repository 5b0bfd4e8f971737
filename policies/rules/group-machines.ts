import { countedStudent } from "../accounts";
import { everyPod } from "../requirement";
import type { CourseParameters } from "../parameters";
import type { PolicyObject, Rule, Subject } from "../rule";
import { celList, POD, type PodSpec, type Toleration, WORKLOADS } from "../workloads";
import { ADA, deployment, goodContainer, GPU, pod, RDMA, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

/** Label and taint of a machine that is kept for a group; the value is the machine's name. */
export const RESERVED = "lectern.dev/reserved";

interface Expression {
  readonly key: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}
interface Terms {
  readonly nodeSelectorTerms?: readonly { readonly matchExpressions?: readonly Expression[] }[];
}
interface Affinity {
  readonly nodeAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: Terms };
}

const machinesOf = ({ object, course }: Pick<Subject, "object" | "course">): readonly string[] =>
  course?.groups?.[countedStudent({ object, ...(course && { course }) })?.group ?? ""] ?? [];
const required = (spec: PodSpec | undefined) =>
  (spec?.affinity as Affinity | undefined)?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
const isPinned = (spec: PodSpec | undefined, machines: readonly string[]) => {
  const terms = required(spec)?.nodeSelectorTerms;
  return (
    terms !== undefined &&
    terms.every(({ matchExpressions = [] }) =>
      matchExpressions.some(
        ({ key, operator, values = [] }) =>
          key === RESERVED && operator === "In" && values.every((value) => machines.includes(value)),
      ),
    )
  );
};

const AFFINITY = "p.spec.affinity.nodeAffinity";
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const CEL_HAS_REQUIRED = (of: string) =>
  `has(${of}.spec.affinity) && has(${of}.spec.affinity.nodeAffinity) && has(${of}.spec.affinity.nodeAffinity.${REQUIRED})`;
const terms = (machines: readonly string[]) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: RESERVED, operator: "In", values: machines }] }],
});
/** What lets a pod onto machines of its group, GPUs asked for or not. */
const tolerations = (machines: readonly string[]) => [
  { key: GPU, operator: "Exists" },
  ...machines.map((value) => ({ key: RESERVED, operator: "Equal", value })),
];

const CEL_REQUIRED = `Object.spec.affinity.nodeAffinity.${REQUIRED}`;
const CEL_TERMS =
  `${CEL_REQUIRED}{nodeSelectorTerms: [${CEL_REQUIRED}.nodeSelectorTerms{matchExpressions: [` +
  `${CEL_REQUIRED}.nodeSelectorTerms.matchExpressions{key: '${RESERVED}', operator: 'In', values: variables.machines}]}]}`;
/** Those tolerations that the pod has not. */
const CEL_MISSING =
  `([{'key': '${GPU}', 'operator': 'Exists', 'value': ''}] + ` +
  `variables.machines.map(m, {'key': '${RESERVED}', 'operator': 'Equal', 'value': m}))` +
  `.filter(t, !${celList("object.spec.tolerations")}.exists(o, has(o.key) && o.key == t.key && ` +
  "has(o.operator) && o.operator == t.operator && (has(o.value) ? o.value : '') == t.value && !has(o.effect)))";
const add = (path: string, value: string) => `[JSONPatch{op: 'add', path: '/spec/${path}', value: ${value}}]`;

const named = { name: "ada-notebook" };
const onMachines = (...machines: string[]): PodSpec => ({
  affinity: { nodeAffinity: { [REQUIRED]: terms(machines) } },
  tolerations: tolerations(machines),
});
const pinned = (affinity: Terms): PodSpec => ({ affinity: { nodeAffinity: { [REQUIRED]: affinity } } });
const isSame = (a: Toleration, b: Toleration) =>
  a.key === b.key && a.operator === b.operator && (a.value ?? "") === (b.value ?? "") && !a.effect;
const filled = (object: PolicyObject, machines: readonly string[]): PolicyObject => {
  const spec = (object.spec ?? {}) as PodSpec;
  const { tolerations: own = [] } = spec;
  const missing = tolerations(machines).filter(
    (wanted) => !own.some((toleration) => isSame(toleration, wanted)),
  );
  const affinity = (spec.affinity ?? {}) as Affinity;
  return {
    ...object,
    spec: {
      ...spec,
      tolerations: [...own, ...missing],
      ...(required(spec) === undefined && {
        affinity: { ...affinity, nodeAffinity: { ...affinity.nodeAffinity, [REQUIRED]: terms(machines) } },
      }),
    },
  };
};

export const groupMachines: Rule = {
  name: "group-machines",
  purpose:
    "Machines that are kept for a group of students run that group's work, and the group works on these alone.",
  level: "mandatory",
  stops: kubernetes(
    "Assigning Pods to Nodes: node isolation",
    "concepts/scheduling-eviction/assign-pod-node/#node-isolation-restriction",
  )("A student of another group, or course, takes the server that a group was given."),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyPod({
      path: "spec.tolerations",
      holds: ({ spec }, subject) =>
        subject.course === undefined ||
        (spec?.tolerations ?? []).every(
          ({ key, value }) => key !== RESERVED || machinesOf(subject).includes(value ?? ""),
        ),
      cel: `${celList("p.spec.tolerations")}.all(t, !has(t.key) || t.key != '${RESERVED}' || (has(t.value) && t.value in variables.machines))`,
      problem: "the pod tolerates the taint of a machine that is kept for somebody else",
      fix: "leave the toleration out; the pods of a group get those of its machines",
    }),
    everyPod({
      kinds: WORKLOADS,
      path: "spec.affinity.nodeAffinity",
      holds: ({ spec }, subject) => {
        const machines = machinesOf(subject);
        const { object, request } = subject;
        return (
          request.operation !== "CREATE" ||
          object.kind !== "Pod" ||
          machines.length === 0 ||
          isPinned(spec, machines)
        );
      },
      cel:
        `request.operation != 'CREATE' || object.kind != 'Pod' || variables.machines.size() == 0 || (${CEL_HAS_REQUIRED("p")} && ` +
        `${AFFINITY}.${REQUIRED}.nodeSelectorTerms.all(t, ${celList("t.matchExpressions")}.exists(e, ` +
        `e.key == '${RESERVED}' && e.operator == 'In' && e.values.all(v, v in variables.machines))))`,
      problem: "the pod may run elsewhere than on the machines of its group",
      fix: "leave the required node affinity out; the pods of a group get that of its machines",
    }),
  ],
  remedy: {
    text: "A pod of a student whose group has machines of its own goes to these: it gets the node affinity and the tolerations for them.",
    kinds: [POD],
    fill: (o, course?: CourseParameters) => {
      const machines = machinesOf({ object: o, ...(course && { course }) });
      return machines.length === 0 ? o : filled(o, machines);
    },
    celWanted:
      "params.data.groups != '' && variables.counted.contains('=') && variables.machines.size() > 0 && " +
      `(!(${CEL_HAS_REQUIRED("object")}) || ${CEL_MISSING}.size() > 0)`,
    celPatch:
      // Tolerations are a list of typed objects: those that there are stay as they are.
      `((has(object.spec.tolerations) ? [] : ${add("tolerations", "[]")}) + ` +
      `${CEL_MISSING}.map(t, JSONPatch{op: 'add', path: '/spec/tolerations/-', value: t}) + ` +
      `(${CEL_HAS_REQUIRED("object")} ? [] : ` +
      `(has(object.spec.affinity) ? [] : ${add("affinity", "{}")}) + ` +
      `(has(object.spec.affinity) && has(object.spec.affinity.nodeAffinity) ? [] : ${add("affinity/nodeAffinity", "{}")}) + ` +
      `${add(`affinity/nodeAffinity/${REQUIRED}`, CEL_TERMS)}))`,
  },
  keeps: [
    { title: "a student of no group", objects: [pod({}, goodContainer, { name: "eva-notebook" })] },
    { title: "a pod of a group, which gets its machines", by: ADA, objects: [pod({}, goodContainer, named)] },
    {
      title: "the machines of the group",
      by: ADA,
      objects: [pod(onMachines("gpu-3", "gpu-4"), goodContainer, named)],
    },
    { title: "one of the machines of the group", objects: [pod(onMachines("gpu-4"), goodContainer, named)] },
    {
      title: "a gang of a group",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, {}, { name: "ada-gang" })],
    },
    ...[
      { key: GPU, operator: "Exists", effect: "NoSchedule" },
      { key: GPU, operator: "Equal", value: "" },
      { key: RDMA, operator: "Exists" },
    ].map((toleration) => ({
      title: `a toleration that is nearly one of the group's, ${Object.values(toleration).join(" ")}`,
      by: ADA,
      objects: [pod({ tolerations: [toleration] }, goodContainer, named)],
    })),
    {
      title: "pods that keep apart",
      by: ADA,
      objects: [pod({ affinity: { podAntiAffinity: {} } }, goodContainer, named)],
    },
    {
      title: "machines that are wished for",
      by: ADA,
      objects: [
        pod(
          {
            affinity: {
              nodeAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 1,
                    preference: { matchExpressions: [{ key: "nvidia.com/gpu.count", operator: "Exists" }] },
                  },
                ],
              },
            },
          },
          goodContainer,
          named,
        ),
      ],
    },
  ],
  breaks: [
    {
      title: "a machine of another group",
      by: ADA,
      objects: [
        pod({ tolerations: [{ key: RESERVED, operator: "Equal", value: "gpu-5" }] }, goodContainer, named),
      ],
    },
    {
      title: "every machine that is kept for somebody",
      objects: [deployment(goodContainer, { tolerations: [{ key: RESERVED, operator: "Exists" }] })],
    },
    {
      title: "a machine of a group by nobody of it",
      objects: [
        deployment(goodContainer, { tolerations: [{ key: RESERVED, operator: "Equal", value: "gpu-3" }] }),
      ],
    },
    {
      title: "other machines than the group's",
      by: ADA,
      objects: [
        pod(
          pinned({
            nodeSelectorTerms: [{ matchExpressions: [{ key: "nvidia.com/gpu.count", operator: "Exists" }] }],
          }),
          goodContainer,
          named,
        ),
      ],
    },
    {
      title: "the group's machines or others",
      objects: [
        pod(
          pinned({
            nodeSelectorTerms: [
              ...terms(["gpu-3"]).nodeSelectorTerms,
              { matchExpressions: [{ key: "nvidia.com/gpu.count", operator: "Exists" }] },
            ],
          }),
          goodContainer,
          named,
        ),
      ],
    },
    {
      title: "one of the group's machines and another",
      objects: [pod(pinned(terms(["gpu-3", "gpu-5"])), goodContainer, named)],
    },
    {
      title: "a label of another kind with the name of a machine",
      by: ADA,
      objects: [
        pod(
          pinned({
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "nvidia.com/gpu.product", operator: "In", values: ["gpu-3"] }] },
            ],
          }),
          goodContainer,
          named,
        ),
      ],
    },
    {
      title: "none of the group's machines",
      objects: [
        pod(
          pinned({
            nodeSelectorTerms: [
              { matchExpressions: [{ key: RESERVED, operator: "NotIn", values: ["gpu-3"] }] },
            ],
          }),
          goodContainer,
          named,
        ),
      ],
    },
  ],
};
