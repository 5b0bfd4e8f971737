import type { KubeApi } from "../base/kubernetes/api";
import { ApprovalError, askForSize, courseSizes, decideSize } from "../components/size-approvals";
import { accountIn } from "../policies/accounts";
import { UsageError } from "./failure";
import { formatTable } from "./table";

/** The student of a course whose kubeconfig is used, by the account's name; undefined for everybody else. */
async function studentWhoAsks(course: string, api: KubeApi): Promise<string | undefined> {
  // Everybody may ask who they are (Kubernetes, "API access to authentication information for a client").
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { status } = await api.post<{ status: { userInfo: { username: string } } }>(
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    review,
  );
  const account = accountIn(`course-${course}`, status.userInfo.username);
  return account?.role === "student" ? account.name : undefined;
}

/** The sizes of a course, and for a student what became of those that were asked for. */
export async function sizesText(course: string, api: KubeApi, json: boolean): Promise<string> {
  const [{ sizes, asks }, student] = await Promise.all([
    courseSizes(api, course),
    studentWhoAsks(course, api),
  ]);
  const own = asks.filter(({ person }) => person === student);
  const entries = sizes.map(({ name, resources, isAskedFor }) => {
    const ask = own.find(({ size }) => size === name);
    const state = !isAskedFor ? "free" : ask === undefined ? "ask" : ask.isApproved ? "approved" : "asked";
    return { name, resources, state };
  });
  if (json) return JSON.stringify(entries, null, 2);
  const rows = entries.map(({ name, resources: { cpu = "", memory = "", ...devices }, state }) => [
    name,
    cpu,
    memory,
    Object.entries(devices)
      .map(([device, count]) => `${device}: ${count}`)
      .join(", "),
    state,
  ]);
  return formatTable(["SIZE", "CORES", "MEMORY", "DEVICES", "STATE"], rows);
}

/** What students ask for and have. */
export async function asksText(course: string, api: KubeApi, json: boolean): Promise<string> {
  const { asks } = await courseSizes(api, course);
  if (json) return JSON.stringify(asks, null, 2);
  const rows = asks.map(({ person, size, isApproved, at = "", reason = "" }) => [
    person,
    size,
    isApproved ? "approved" : "asked",
    at.slice(0, 16).replace("T", " "),
    reason,
  ]);
  return formatTable(["PERSON", "SIZE", "STATE", "ASKED", "REASON"], rows);
}

export async function ask(
  course: string,
  size: string,
  reason: string | undefined,
  api: KubeApi,
): Promise<string> {
  const person = await studentWhoAsks(course, api);
  if (person === undefined)
    throw new UsageError(
      `course ${course}: students ask, with their own kubeconfig; to give a size: approve <person> ${size}`,
    );
  await orUsage(course, askForSize(api, course, { person, size, reason, now: new Date() }));
  return `asked for size ${size}; \`lectern course ${course} sizes\` tells when it is approved`;
}

export async function decide(
  course: string,
  person: string,
  size: string,
  isApproved: boolean,
  api: KubeApi,
): Promise<string> {
  await orUsage(course, decideSize(api, course, { person, size, isApproved, now: new Date() }));
  return isApproved
    ? `${person} has size ${size}`
    : `${person} does not have size ${size}; what runs goes on`;
}

async function orUsage(course: string, work: Promise<void>): Promise<void> {
  await work.catch((error: Error) => {
    throw error instanceof ApprovalError ? new UsageError(`course ${course}: ${error.message}`) : error;
  });
}
