import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule } from "../rule";
import { VOLCANO_JOB, WORKLOADS } from "../workloads";
import { deployment, goodContainer, NAMESPACE, object, pod, volcanoJob } from "./examples";
import { hardening } from "./sources";

const CLAIM = { group: "", version: "v1", kind: "PersistentVolumeClaim", resource: "persistentvolumeclaims" };
const jobVolumes = (o: PolicyObject) =>
  ((o.spec as { readonly volumes?: readonly { readonly volumeClaimName?: string }[] } | undefined)?.volumes ??
    []) as readonly { readonly volumeClaimName?: string }[];
const volume = (claimName: string, readOnly?: boolean) => ({
  volumes: [
    { name: "v", persistentVolumeClaim: { claimName, ...(readOnly === undefined ? {} : { readOnly }) } },
  ],
});
const claim = (name: string, accessMode: string) =>
  object(
    "v1",
    "PersistentVolumeClaim",
    {
      spec: {
        accessModes: [accessMode],
        storageClassName: "",
        volumeName: `${NAMESPACE}-${name}`,
        resources: { requests: { storage: "1Gi" } },
      },
    },
    { name },
  );

export const dataSetsReadOnly: Rule = {
  name: "data-sets-read-only",
  purpose: "A course reads its data sets; nobody in it can change them.",
  level: "mandatory",
  stops: hardening("A data set that a student can write is poisoned, or lost, for the whole course."),
  kinds: [...WORKLOADS, CLAIM],
  requirements: [
    everyPod({
      kinds: WORKLOADS,
      path: "spec.volumes",
      holds: ({ spec }) =>
        (spec?.volumes ?? []).every(
          ({ persistentVolumeClaim: pvc }) => !pvc?.claimName.startsWith("dataset-") || pvc.readOnly === true,
        ),
      cel:
        "!has(p.spec.volumes) || p.spec.volumes.all(v, !has(v.persistentVolumeClaim) || " +
        "!v.persistentVolumeClaim.claimName.startsWith('dataset-') || " +
        "(has(v.persistentVolumeClaim.readOnly) && v.persistentVolumeClaim.readOnly))",
      problem: "the pod mounts a data set to write to it",
      fix: "set persistentVolumeClaim.readOnly: true",
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.volumes",
      holds: (o) => jobVolumes(o).every(({ volumeClaimName }) => !volumeClaimName?.startsWith("dataset-")),
      cel:
        "!has(object.spec.volumes) || " +
        "object.spec.volumes.all(v, !has(v.volumeClaimName) || !v.volumeClaimName.startsWith('dataset-'))",
      problem: "volumes of a whole job cannot be read-only",
      fix: "mount the data set in the tasks' templates, with readOnly: true",
    }),
    wholeObject({
      kinds: [CLAIM],
      path: "spec.accessModes",
      holds: (o) =>
        !o.metadata?.name?.startsWith("dataset-") ||
        ((o.spec as { readonly accessModes?: readonly string[] } | undefined)?.accessModes ?? []).every(
          (mode) => mode === "ReadOnlyMany",
        ),
      cel:
        "!object.metadata.name.startsWith('dataset-') || " +
        "object.spec.accessModes.all(m, m == 'ReadOnlyMany')",
      problem: "the claim of a data set can be written",
      fix: "set accessModes: [ReadOnlyMany]",
    }),
  ],
  keeps: [
    { title: "read-only", objects: [pod(volume("dataset-xray", true))] },
    { title: "a home that can be written", objects: [deployment(goodContainer, volume("home-course"))] },
    {
      title: "a home for a whole job",
      objects: [
        volcanoJob(goodContainer, { volumes: [{ mountPath: "/home", volumeClaimName: "home-course" }] }),
      ],
    },
    { title: "the claim of a data set", objects: [claim("dataset-xray", "ReadOnlyMany")] },
    { title: "the claim of a home", objects: [claim("home-course", "ReadWriteMany")] },
  ],
  breaks: [
    { title: "nothing said", objects: [pod(volume("dataset-xray"))] },
    { title: "to be written", objects: [volcanoJob(goodContainer, {}, volume("dataset-xray", false))] },
    {
      title: "in a volume of the whole job",
      objects: [
        volcanoJob(goodContainer, { volumes: [{ mountPath: "/data", volumeClaimName: "dataset-xray" }] }),
      ],
    },
    { title: "a claim that can be written", objects: [claim("dataset-xray", "ReadWriteMany")] },
  ],
};
