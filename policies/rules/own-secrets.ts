import { accountOf } from "../accounts";
import { everyContainer, everyPod } from "../requirement";
import type { Rule, Subject } from "../rule";
import { type Container, type PodTemplate, WORKLOADS } from "../workloads";
import { ADA, CURIE, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { kubernetes } from "./sources";

const INVITATIONS = "invitation-codes";
const mayUse = (secret: string | undefined, subject: Subject) => {
  const account = accountOf(subject);
  if (secret === undefined) return true;
  return secret !== INVITATIONS && (account === undefined || secret.startsWith(`${account.name}-`));
};
const celMayUse = (secret: string) =>
  `(${secret} != '${INVITATIONS}' && (variables.person == '' || ${secret}.startsWith(variables.person + '-')))`;

const volumeSecrets = ({ spec }: PodTemplate) =>
  (spec?.volumes ?? []).flatMap((v) => [
    ...(v.secret ? [v.secret.secretName] : []),
    ...(v.projected?.sources ?? []).flatMap((s) => (s.secret ? [s.secret.name] : [])),
  ]);
const environmentSecrets = ({ env = [], envFrom = [] }: Container) => [
  ...env.map((e) => e.valueFrom?.secretKeyRef?.name),
  ...envFrom.map((e) => e.secretRef?.name),
];

const FIX = "use a Secret whose name begins with yours; who governs the course makes it";
const volume = (secretName: string) => ({ volumes: [{ name: "s", secret: { secretName } }] });
const projected = (name: string) => ({
  volumes: [{ name: "s", projected: { sources: [{ secret: { name } }] } }],
});
const env = (name: string) => ({
  ...goodContainer,
  env: [{ name: "KEY", valueFrom: { secretKeyRef: { name, key: "k" } } }],
});
const envFrom = (name: string) => ({ ...goodContainer, envFrom: [{ secretRef: { name } }] });
const mine = { name: "ada-pod" };

export const ownSecrets: Rule = {
  name: "own-secrets",
  purpose: "A pod is given the Secrets of the person who runs it, and no one's invitation codes.",
  level: "mandatory",
  stops: kubernetes(
    "Good practices for Kubernetes Secrets",
    "concepts/security/secrets-good-practices/",
  )("Who may make pods may mount any Secret of the namespace, also those that RBAC does not let them read."),
  kinds: WORKLOADS,
  requirements: [
    everyPod({
      path: "spec.volumes",
      holds: (p, subject) => volumeSecrets(p).every((secret) => mayUse(secret, subject)),
      cel:
        `!has(p.spec.volumes) || p.spec.volumes.all(v, (!has(v.secret) || !has(v.secret.secretName) || ${celMayUse("v.secret.secretName")}) && ` +
        `(!has(v.projected) || !has(v.projected.sources) || v.projected.sources == null || v.projected.sources.all(s, !has(s.secret) || !has(s.secret.name) || ${celMayUse("s.secret.name")})))`,
      problem: "the pod mounts a Secret that is not for it",
      fix: FIX,
    }),
    everyContainer({
      path: "env",
      holds: (container, subject) => environmentSecrets(container).every((secret) => mayUse(secret, subject)),
      cel:
        "(!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef) || !has(e.valueFrom.secretKeyRef.name) || " +
        `${celMayUse("e.valueFrom.secretKeyRef.name")})) && ` +
        `(!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef) || !has(e.secretRef.name) || ${celMayUse("e.secretRef.name")}))`,
      problem: "the container's environment takes a Secret that is not for it",
      fix: FIX,
    }),
  ],
  keeps: [
    { title: "no Secret", objects: [pod()] },
    { title: "the own Secret", by: ADA, objects: [pod(volume("ada-kaggle"), env("ada-kaggle"), mine)] },
    { title: "the keys that Volcano makes for a gang", objects: [pod(volume("gang-ssh"))] },
    {
      title: "all of the own Secret",
      by: ADA,
      objects: [pod(projected("ada-kaggle"), envFrom("ada-kaggle"), mine)],
    },
  ],
  breaks: [
    { title: "the invitation codes", objects: [pod(volume(INVITATIONS))] },
    {
      title: "the invitation codes, projected",
      objects: [deployment(goodContainer, projected(INVITATIONS))],
    },
    { title: "the invitation codes in the environment", objects: [volcanoJob(env(INVITATIONS))] },
    { title: "all invitation codes in the environment", objects: [deployment(envFrom(INVITATIONS))] },
    { title: "another's Secret", by: ADA, objects: [pod(volume("ben-kaggle"), goodContainer, mine)] },
    {
      title: "another's Secret, projected",
      by: ADA,
      objects: [pod(projected("ben-kaggle"), goodContainer, mine)],
    },
    { title: "another's Secret in the environment", by: ADA, objects: [pod({}, env("ben-kaggle"), mine)] },
    { title: "a student's Secret, by the teacher", by: CURIE, objects: [pod({}, envFrom("ben-kaggle"))] },
  ],
};
