import { accountOf } from "../accounts";
import { everyPod } from "../requirement";
import type { Rule } from "../rule";
import { WORKLOADS } from "../workloads";
import { ADA, deployment, goodContainer, pod, volcanoJob } from "./examples";
import { hardening } from "./sources";

export const serviceAccounts: Rule = {
  name: "service-accounts",
  purpose: "Pods of a course act for nobody: they hold no token, and run as no other person.",
  level: "mandatory",
  stops: hardening("A student's pod that runs as the teacher's account holds the teacher's rights."),
  kinds: WORKLOADS,
  requirements: [
    everyPod({
      path: "spec.automountServiceAccountToken",
      holds: ({ spec }) => spec?.automountServiceAccountToken === false,
      cel: "has(p.spec.automountServiceAccountToken) && !p.spec.automountServiceAccountToken",
      problem: "the pod is handed a token of its account",
      fix: "set automountServiceAccountToken: false",
    }),
    ...(["serviceAccountName", "serviceAccount"] as const).map((field) =>
      everyPod({
        path: `spec.${field}`,
        holds: ({ spec }, subject) => {
          const account = accountOf(subject);
          const allowed = ["", "default", `${account?.role ?? ""}-${account?.name ?? ""}`];
          return account === undefined || allowed.includes(spec?.[field] ?? "");
        },
        cel: `variables.account == '' || !has(p.spec.${field}) || p.spec.${field} in ['', 'default', variables.account]`,
        problem: "the pod runs as somebody else",
        fix: `leave ${field} out`,
      }),
    ),
  ],
  keeps: [
    { title: "no token", objects: [pod()] },
    { title: "a gang job", objects: [volcanoJob()] },
    {
      title: "the account default",
      by: ADA,
      objects: [deployment(goodContainer, { serviceAccountName: "default" })],
    },
    {
      title: "the own account, without its token",
      by: ADA,
      objects: [pod({ serviceAccountName: "student-ada" }, goodContainer, { name: "ada-pod" })],
    },
    {
      title: "what the operator runs as another account",
      objects: [deployment(goodContainer, { serviceAccountName: "hub" })],
    },
  ],
  breaks: [
    { title: "a token", objects: [deployment(goodContainer, { automountServiceAccountToken: true })] },
    {
      title: "nothing said",
      objects: [deployment({ ...goodContainer }, { automountServiceAccountToken: undefined as never })],
    },
    {
      title: "in a gang job",
      objects: [volcanoJob(goodContainer, {}, { automountServiceAccountToken: true })],
    },
    {
      title: "the teacher's account",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, { serviceAccountName: "teacher-curie" }, { name: "ada-gang" })],
    },
    {
      title: "the teacher's account by its old name",
      by: ADA,
      objects: [volcanoJob(goodContainer, {}, { serviceAccount: "teacher-curie" }, { name: "ada-gang" })],
    },
  ],
};
