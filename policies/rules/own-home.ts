import { accountOf } from "../accounts";
import { everyPod, wholeObject } from "../requirement";
import type { PolicyObject, Rule, Subject } from "../rule";
import { VOLCANO_JOB, WORKLOADS } from "../workloads";
import { ADA, CURIE, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { hardening } from "./sources";

const PERSON_LABEL = "lectern.dev/person";
/** The folder that a course shares. */
const SHARED = "home-course";

interface JobVolume {
  readonly volumeClaimName?: string;
  readonly volumeClaim?: object;
}
const jobVolumes = (o: PolicyObject) =>
  (o.spec as { readonly volumes?: readonly JobVolume[] } | undefined)?.volumes ?? [];
const mayMount = (claim: string | undefined, subject: Subject) => {
  const name = accountOf(subject)?.name;
  return name === undefined || !claim?.startsWith("home-") || claim === SHARED || claim === `home-${name}`;
};
const celMayMount = (claim: string) =>
  `(variables.person == '' || !${claim}.startsWith('home-') || ${claim} == '${SHARED}' || ${claim} == 'home-' + variables.person)`;
const CEL_LABELLED = `has(p.metadata) && has(p.metadata.labels) && '${PERSON_LABEL}' in p.metadata.labels`;
const celClaims = (condition: string) =>
  `!has(p.spec.volumes) || p.spec.volumes.all(v, !has(v.persistentVolumeClaim) || ${condition})`;
const FIX = "mount your own home, or home-course, the folder that the course shares";

const home = (claimName: string) => ({ volumes: [{ name: "home", persistentVolumeClaim: { claimName } }] });
const labelled = (name: string) => ({ name: "ada-pod", labels: { [PERSON_LABEL]: name } });
const named = { name: "ada-pod" };
const job = (volume: JobVolume & { readonly mountPath: string }) =>
  volcanoJob(goodContainer, { volumes: [volume] }, {}, { name: "ada-gang" });

export const ownHome: Rule = {
  name: "own-home",
  purpose: "A home is mounted by its own student.",
  level: "mandatory",
  stops: hardening("A student who mounts another's home reads, and hands in, the other's work."),
  kinds: WORKLOADS,
  requirements: [
    everyPod({
      path: "spec.volumes",
      holds: ({ spec }, subject) =>
        (spec?.volumes ?? []).every((v) => mayMount(v.persistentVolumeClaim?.claimName, subject)),
      cel: celClaims(celMayMount("v.persistentVolumeClaim.claimName")),
      problem: "the pod mounts somebody else's home",
      fix: FIX,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.volumes",
      holds: (o, subject) => jobVolumes(o).every((v) => mayMount(v.volumeClaimName, subject)),
      cel:
        "!has(object.spec.volumes) || " +
        `object.spec.volumes.all(v, !has(v.volumeClaimName) || ${celMayMount("v.volumeClaimName")})`,
      problem: "the job mounts somebody else's home",
      fix: FIX,
    }),
    wholeObject({
      kinds: [VOLCANO_JOB],
      path: "spec.volumes",
      holds: (o) => jobVolumes(o).every((v) => v.volumeClaim === undefined),
      cel: "!has(object.spec.volumes) || " + "object.spec.volumes.all(v, !has(v.volumeClaim))",
      problem: "the job has new storage made for it",
      fix: "mount a claim of the course by volumeClaimName",
    }),
    everyPod({
      path: `metadata.labels["${PERSON_LABEL}"]`,
      holds: ({ metadata }, subject) => {
        const account = accountOf(subject);
        const label = metadata?.labels?.[PERSON_LABEL];
        return account === undefined || label === undefined || label === account.name;
      },
      cel: `variables.person == '' || !(${CEL_LABELLED}) || p.metadata.labels['${PERSON_LABEL}'] == variables.person`,
      problem: "the pod says that it is somebody else's",
      fix: "leave the label out, or name yourself",
    }),
    everyPod({
      path: "spec.volumes",
      holds: ({ metadata, spec }) => {
        const label = metadata?.labels?.[PERSON_LABEL];
        const homes = (spec?.volumes ?? [])
          .map((v) => v.persistentVolumeClaim?.claimName ?? "")
          .filter((claim) => claim.startsWith("home-") && claim !== SHARED);
        return label === undefined || homes.every((claim) => claim === `home-${label}`);
      },
      cel:
        `!(${CEL_LABELLED}) || ` +
        celClaims(
          "!v.persistentVolumeClaim.claimName.startsWith('home-') || " +
            `v.persistentVolumeClaim.claimName in ['${SHARED}', 'home-' + p.metadata.labels['${PERSON_LABEL}']]`,
        ),
      problem: "the pod is one student's, and mounts another's home",
      fix: FIX,
    }),
  ],
  keeps: [
    { title: "the own home", by: ADA, objects: [pod(home("home-ada"), goodContainer, named)] },
    { title: "the shared folder", by: ADA, objects: [pod(home(SHARED), goodContainer, named)] },
    {
      title: "the own home for a whole job",
      by: ADA,
      objects: [job({ mountPath: "/home", volumeClaimName: "home-ada" })],
    },
    {
      title: "a pod that the hub starts for its student",
      objects: [pod(home("home-ada"), goodContainer, labelled("ada"))],
    },
    {
      title: "a pod that says whose it is",
      by: ADA,
      objects: [pod(home("home-ada"), goodContainer, labelled("ada"))],
    },
    { title: "what the operator mounts", objects: [pod(home("home-ben"))] },
  ],
  breaks: [
    { title: "another's home", by: ADA, objects: [pod(home("home-ben"), goodContainer, named)] },
    { title: "a student's home, by the teacher", by: CURIE, objects: [pod(home("home-ada"))] },
    {
      title: "another's home for a whole job",
      by: ADA,
      objects: [job({ mountPath: "/home", volumeClaimName: "home-ben" })],
    },
    {
      title: "new storage",
      objects: [job({ mountPath: "/home", volumeClaim: { accessModes: ["ReadWriteOnce"] } })],
    },
    { title: "another's name", by: ADA, objects: [pod({}, goodContainer, labelled("ben"))] },
    {
      title: "one student's pod with another's home",
      objects: [
        deployment(goodContainer, home("home-ben"), { labels: { app: "notebook", [PERSON_LABEL]: "ada" } }),
      ],
    },
  ],
};
