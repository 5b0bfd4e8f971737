import type { PodSize } from "../parameters";
import { CLASS_PREFIX } from "../size-classes";
import { celLimit, celSum, limitOf, sum } from "../quantity";
import { everyPod } from "../requirement";
import type { Rule } from "../rule";
import { celList, type Container, type PodSpec, WORKLOADS } from "../workloads";
import { asking, deployment, goodContainer, GPU, pod, RDMA, volcanoJob } from "./examples";
import { volcano } from "./sources";

/** A sidecar runs beside the containers; other init containers run before them, one at a time. */
const isSidecar = ({ restartPolicy }: Container) => restartPolicy === "Always";

export function fits({ containers = [], initContainers = [] }: PodSpec, size: PodSize): boolean {
  const sidecars = initContainers.filter(isSidecar);
  const inits = initContainers.filter((c) => !isSidecar(c));
  const together = (resource: string) => sum([...containers, ...sidecars].map((c) => limitOf(c, resource)));
  const most = { cpu: size.cpus, memory: size.memoryBytes, [GPU]: size.gpus, [RDMA]: size.rdma ? 1 : 0 };
  return (
    Object.entries(most).every(
      ([resource, limit]) =>
        together(resource) <= limit &&
        inits.every((init) => sum([init, ...sidecars].map((c) => limitOf(c, resource))) <= limit),
    ) && [0, size.gpus].includes(together(GPU))
  );
}

const CEL_SIDECARS = `${celList("p.spec.initContainers")}.filter(c, has(c.restartPolicy) && c.restartPolicy == 'Always')`;
const CEL_INITS = `${celList("p.spec.initContainers")}.filter(c, !has(c.restartPolicy) || c.restartPolicy != 'Always')`;
const celAmounts = (list: string, resource: string) => `${list}.map(c, ${celLimit(resource)})`;
const celSide = (resource: string) => celSum(celAmounts(CEL_SIDECARS, resource));
const celTogether = (resource: string) =>
  `${celSum(celAmounts(celList("p.spec.containers"), resource))} + ${celSide(resource)}`;
/** The most that the pod has at one time: all containers together, or one that runs first beside the sidecars. */
const celMost = (resource: string) =>
  `([${celTogether(resource)}] + ${CEL_INITS}.map(c, ${celLimit(resource)} + ${celSide(resource)})).max()`;
const RESOURCES = ["cpu", "memory", RDMA, GPU];
/**
 * The most that a pod has of each resource, and last its GPUs together. Most pods have no init containers: then the most
 * of GPUs is all of them.
 */
export const CEL_AMOUNTS =
  `!has(p.spec.initContainers) ? [${celList("p.spec.containers")}.map(c, [${RESOURCES.map(celLimit).join(", ")}])]` +
  `.map(a, a.size() == 1 ? a[0] : [${RESOURCES.map((_, i) => i).join(", ")}].map(i, ${celSum("a.map(of, of[i])")}))[0] : ` +
  `[${[...RESOURCES.map(celMost), celTogether(GPU)].join(", ")}]`;
/** Counts are plain numbers, which are read faster than quantities. */
const CEL_SIZE = ["double(s[1])", "quantity(s[2]).asApproximateFloat()", "double(s[4])", "double(s[3])"];

/** Whether the pod `p` fits a size, as CEL over `s`, the size's words: name, cores, memory, GPUs, RDMA, number. */
const CEL_FITS = [
  ...CEL_SIZE.map((most, i) => `n[${i}] <= ${most}`),
  "(n[n.size() - 1] == 0.0 || n[n.size() - 1] == double(s[3]))",
].join(" && ");
/** The sizes that the pod `p` fits, the smallest first, each as its words. */
export const CEL_FITTING = `[${CEL_AMOUNTS}].map(n, params.data.sizes.split('\\n').map(l, l.split(' ')).filter(s, ${CEL_FITS}))[0]`;

const isOf = (name: string | undefined, size: PodSize) =>
  name === undefined || !name.startsWith(CLASS_PREFIX) || name.endsWith(`.${size.number}`);
const CEL_IS_OF =
  `(!has(p.spec.priorityClassName) || !p.spec.priorityClassName.startsWith('${CLASS_PREFIX}') || ` +
  "p.spec.priorityClassName.endsWith('.' + s[5]))";

const beside = (container: Container, name: string): Container => ({ ...container, name });
const sidecar = (limits: object): Container => ({
  ...asking(limits as never),
  name: "side",
  restartPolicy: "Always",
});

export const instanceSizes: Rule = {
  name: "instance-sizes",
  purpose:
    "Every pod fits one of the sizes that the course offers, and GPUs come only in the counts of its sizes.",
  level: "mandatory",
  stops: volcano(
    "capacity plugin",
    "plugins/",
  )(
    "A pod of a size of its own, or one put together of init containers and sidecars, takes what others were promised.",
  ),
  kinds: WORKLOADS,
  goesBy: "course-policy",
  requirements: [
    everyPod({
      path: "spec.containers",
      holds: ({ spec = {} }, { course }) =>
        course === undefined ||
        course.sizes.some((size) => fits(spec, size) && isOf(spec.priorityClassName, size)),
      // The sums are made once, and compared with the sizes of the class.
      cel:
        `[${CEL_AMOUNTS}].all(n, params.data.sizes.split('\\n').exists(l, ` +
        `[l.split(' ')].exists(s, ${CEL_IS_OF} && ${CEL_FITS})))`,
      problem:
        "the pod, all its containers together, fits none of the course's sizes, or not the one of its class",
      fix: "take a size as the course's ConfigMap `instance-sizes` lists them, and leave priorityClassName out",
    }),
  ],
  keeps: [
    { title: "less than the smallest size", objects: [pod()] },
    {
      title: "all of a size",
      objects: [volcanoJob(asking({ cpu: "8", memory: "32Gi", [GPU]: "2", [RDMA]: "1" }))],
    },
    { title: "the class of its size", objects: [pod({ priorityClassName: "lectern-size.1" })] },
    { title: "the class of a larger size", objects: [pod({ priorityClassName: "lectern-size.3" })] },
    { title: "cores without a GPU", objects: [deployment(asking({ cpu: "24", memory: "128Gi" }))] },
    { title: "counts as numbers", objects: [volcanoJob(asking({ cpu: 4, memory: "16Gi", [GPU]: 1 }))] },
    { title: "thousandths of a core", objects: [pod({}, asking({ cpu: "3999m", memory: "500M" }))] },
    {
      title: "containers that fit together",
      objects: [
        deployment(asking({ cpu: "16" }), {
          containers: [
            asking({ cpu: "16", memory: "64Gi" }),
            beside(asking({ cpu: "8", memory: "64Gi" }), "b"),
          ],
        }),
      ],
    },
    {
      title: "first containers that run one after another",
      objects: [
        deployment(asking({ cpu: "24" }), {
          initContainers: [beside(asking({ cpu: "24" }), "a"), beside(asking({ cpu: "24" }), "b")],
        }),
      ],
    },
  ],
  breaks: [
    {
      title: "the class of a smaller size",
      objects: [deployment(asking({ cpu: "24" }), { priorityClassName: "lectern-size.1" })],
    },
    { title: "more cores than any size", objects: [pod({}, asking({ cpu: "24001m" }))] },
    {
      title: "a byte more memory than any size",
      objects: [deployment(asking({ memory: String(128 * 2 ** 30 + 1) }))],
    },
    { title: "more memory than any size", objects: [deployment(asking({ memory: "129Gi" }))] },
    { title: "a count of GPUs that no size has", objects: [volcanoJob(asking({ [GPU]: "3" }))] },
    { title: "more GPUs than any size", objects: [volcanoJob(asking({ [GPU]: "5" }))] },
    { title: "two RDMA devices", objects: [volcanoJob(asking({ [GPU]: "2", [RDMA]: "2" }))] },
    { title: "RDMA with the size of one GPU", objects: [volcanoJob(asking({ [GPU]: "1", [RDMA]: "1" }))] },
    {
      title: "a GPU with more memory than its size",
      objects: [volcanoJob(asking({ cpu: "4", memory: "17Gi", [GPU]: "1" }))],
    },
    {
      title: "containers that fit one by one only",
      objects: [
        deployment(goodContainer, {
          containers: [asking({ cpu: "16" }), beside(asking({ cpu: "16" }), "b")],
        }),
      ],
    },
    {
      title: "a sidecar that takes more",
      objects: [deployment(asking({ cpu: "16" }), { initContainers: [sidecar({ cpu: "16" })] })],
    },
    {
      title: "a first container above every size",
      objects: [deployment(goodContainer, { initContainers: [beside(asking({ cpu: "25" }), "first")] })],
    },
    {
      title: "a first container beside a sidecar",
      objects: [
        deployment(goodContainer, {
          initContainers: [sidecar({ cpu: "16" }), beside(asking({ cpu: "16" }), "first")],
        }),
      ],
    },
    {
      title: "GPUs in a first container",
      objects: [volcanoJob(goodContainer, {}, { initContainers: [beside(asking({ [GPU]: "5" }), "first")] })],
    },
  ],
};
