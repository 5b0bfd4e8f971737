import { everyContainer } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { deployment, goodContainer, pod, volcanoJob } from "./examples";
import { nvidia } from "./sources";

const VARIABLE = "NVIDIA_VISIBLE_DEVICES";
/** Last part of the folder by whose mounts NVIDIA's runtime takes a list of GPUs; a path can be written in many ways. */
const FOLDER = "nvidia-container-devices";
const env = (value: string) => ({
  ...goodContainer,
  env: [
    { name: "LANG", value: "C" },
    { name: VARIABLE, value },
  ],
});
const mounted = (mountPath: string) => ({ ...goodContainer, volumeMounts: [{ name: "v", mountPath }] });
const volumes = [{ name: "v", emptyDir: {} }];

export const gpuVisibility: Rule = {
  name: "gpu-visibility",
  purpose: "A container sees the GPUs that it was given, not those that it names.",
  level: "mandatory",
  stops: nvidia(
    `With ${VARIABLE}=all NVIDIA's container runtime hands a pod that asked for no GPU every GPU of the machine.`,
  ),
  kinds: WORKLOADS,
  requirements: [
    everyContainer({
      path: "env",
      holds: ({ env: variables }) =>
        (variables ?? []).every(
          ({ name, value }) => name !== VARIABLE || ["void", "none"].includes(value ?? ""),
        ),
      cel: `!has(c.env) || c.env.all(e, e.name != '${VARIABLE}' || (has(e.value) && e.value in ['void', 'none']))`,
      problem: "the container names the GPUs that it wants to see",
      fix: `leave ${VARIABLE} out; the device plugin sets it`,
    }),
    everyContainer({
      path: "volumeMounts",
      holds: ({ volumeMounts }) => (volumeMounts ?? []).every(({ mountPath }) => !mountPath.includes(FOLDER)),
      cel: `!has(c.volumeMounts) || c.volumeMounts.all(m, !m.mountPath.contains('${FOLDER}'))`,
      problem: "the container names the GPUs that it wants to see by mounts",
      fix: `mount nothing at ${FOLDER}`,
    }),
  ],
  keeps: [
    { title: "nothing said", objects: [pod()] },
    { title: "no GPU wanted", objects: [pod({}, env("void"))] },
    { title: "mounts elsewhere", objects: [pod({ volumes }, mounted("/home"))] },
  ],
  breaks: [
    { title: "all GPUs of the machine", objects: [pod({}, env("all"))] },
    { title: "in a gang job", objects: [volcanoJob(env("0"))] },
    {
      title: "from a ConfigMap",
      objects: [
        deployment({
          ...goodContainer,
          env: [{ name: VARIABLE, valueFrom: { configMapKeyRef: { name: "c", key: "k" } } as never }],
        }),
      ],
    },
    { title: "by mounts", objects: [pod({ volumes }, mounted(`//var/run/${FOLDER}/all`))] },
    {
      title: "in a first container",
      objects: [pod({ initContainers: [{ ...env("all"), name: "first" }] })],
    },
  ],
};
