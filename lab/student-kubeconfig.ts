import { parse, stringify } from "yaml";
import type { Kubectl } from "./kubectl";

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: Record<string, string> }[];
}

/**
 * A kubeconfig for one student: the cluster of the administrator's, and a token of the student's own service account
 * that ends by itself after an hour.
 */
export async function studentKubeconfig(
  admin: Kubectl,
  adminKubeconfig: string,
  course: string,
  student: string,
): Promise<string> {
  const namespace = `course-${course}`;
  const token = (
    await admin.run("create", "token", `student-${student}`, "-n", namespace, "--duration=1h")
  ).trim();
  const cluster = (parse(adminKubeconfig) as Kubeconfig).clusters[0];
  if (cluster === undefined) throw new Error("the administrator's kubeconfig names no cluster");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    users: [{ name: student, user: { token } }],
    contexts: [{ name: course, context: { cluster: cluster.name, user: student, namespace } }],
    "current-context": course,
  });
}
