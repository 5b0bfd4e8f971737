import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { accountKubeconfig } from "../base/kubernetes/account-kubeconfig";
import { KubeApi, parseKubeconfig } from "../base/kubernetes/api";
import type { Progress } from "../base/progress";
import { waitFor } from "../base/wait";
import { GPU_RESOURCE } from "../components/plan/site-plan";
import type { RunningRoom } from "./commands";
import { kubeconfigFile, PROJECT_DIR } from "./environment";
import { Kubectl, type KubeObject } from "./kubectl";
import { PulumiFailure } from "./pulumi";
import { studentJob } from "./student-job";
import { withStudentMounts } from "./student-mounts";

/** One thing that a user of the room must see, and what was seen. */
export interface ProofStep {
  readonly claim: string;
  readonly holds: boolean;
  /** What was seen, in a line. */
  readonly seen: string;
}

/** The course that the proof works in, the student who does, and the course that is none of their business. */
const COURSE = "cxr-diagnosis";
const OTHER_COURSE = "segmentation";
const STUDENT = "ada";
const GANG = { pods: 3, gpusPerPod: 2 };

/** Does what a student and an operator would do, and tells whether the room held. */
export async function runProof(running: RunningRoom, progress: Progress): Promise<readonly ProofStep[]> {
  const scratch = mkdtempSync(join(tmpdir(), "lectern-proof-"));
  try {
    const prove = (
      claim: string,
      work: (note: (text: string) => void) => Promise<string>,
    ): Promise<ProofStep> =>
      progress.step(`proof: ${claim}`, async (note) => {
        try {
          return { claim, holds: true, seen: await work(note) };
        } catch (error) {
          return { claim, holds: false, seen: (error as Error).message.split("\n").slice(0, 4).join(" ") };
        }
      });
    const admin = new Kubectl(running.toolbox, kubeconfigFile(running.room));
    const student = await studentKubectl(running, scratch);
    return await Promise.all([
      prove(
        `a student's gang of ${GANG.pods} × ${GANG.gpusPerPod} GPUs runs on GPU machines and finishes`,
        (note) => gangRuns(admin, student, scratch, note),
      ),
      prove("a job above the quota is refused by the API server", () =>
        jobAboveQuotaIsRefused(student, scratch),
      ),
      prove("a student cannot read another course", () => otherCourseIsHidden(student)),
      prove("a student's storage key reads the data set, writes the home and nothing else", () =>
        storageHolds(running, scratch),
      ),
      prove("a course that asks for more GPUs than the room has fails at preview", () =>
        previewRefuses(running, scratch),
      ),
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** kubectl as the student: a short-lived token of their own service account, nothing of the administrator's. */
async function studentKubectl(running: RunningRoom, scratch: string): Promise<Kubectl> {
  const file = join(scratch, "student.kubeconfig");
  const api = new KubeApi(parseKubeconfig(readFileSync(kubeconfigFile(running.room), "utf8")));
  const account = `student-${STUDENT}`;
  const at = { namespace: `course-${COURSE}`, account, user: STUDENT, context: COURSE };
  const text = await accountKubeconfig(api, at, 3_600).finally(() => api.close());
  writeFileSync(file, text, { mode: 0o600 });
  return new Kubectl(running.toolbox, file);
}

async function gangRuns(
  admin: Kubectl,
  student: Kubectl,
  scratch: string,
  note: (text: string) => void,
): Promise<string> {
  const namespace = `course-${COURSE}`;
  const image = Object.values(await catalog(student, namespace))[0] ?? "";
  const job = studentJob({
    name: `${STUDENT}-proof-${Date.now().toString(36)}`,
    course: COURSE,
    image,
    size: "gang",
    ...GANG,
  });
  await student.run("create", "-f", manifest(scratch, "gang", job));
  try {
    const placed = new Map<string, string>();
    await waitFor(
      "the job is completed",
      async () => {
        for (const pod of await student.list(
          "pods",
          "-n",
          namespace,
          "-l",
          `volcano.sh/job-name=${job.metadata.name}`,
        )) {
          const node = pod.spec?.["nodeName"];
          if (typeof node === "string") placed.set(pod.metadata.name, node);
        }
        const state = await student.get("jobs.batch.volcano.sh", job.metadata.name, "-n", namespace);
        const phase = (state.status?.["state"] as { phase?: string } | undefined)?.phase ?? "";
        note(phase);
        return phase === "Completed" || undefined;
      },
      { timeout: 60_000, interval: 300 },
    );
    if (placed.size !== GANG.pods) throw new Error(`${placed.size} of ${GANG.pods} pods were bound`);
    const roles = new Map(
      (await admin.list("nodes")).map((n) => [n.metadata.name, n.metadata.labels?.["lectern.dev/role"]]),
    );
    const astray = [...placed].filter(([, node]) => roles.get(node) !== "gpu");
    if (astray.length > 0)
      throw new Error(`not on GPU machines: ${astray.map((a) => a.join(" on ")).join(", ")}`);
    return `Completed on ${[...placed.values()].sort().join(", ")}`;
  } finally {
    await student.run("delete", "jobs.batch.volcano.sh", job.metadata.name, "-n", namespace, "--wait=false");
  }
}

async function jobAboveQuotaIsRefused(student: Kubectl, scratch: string): Promise<string> {
  const namespace = `course-${COURSE}`;
  const quotas = await student.list("resourcequotas", "-n", namespace);
  const hard = (quotas[0]?.spec?.["hard"] ?? {}) as Record<string, string>;
  const limit = Number(hard[`requests.${GPU_RESOURCE}`]);
  const image = Object.values(await catalog(student, namespace))[0] ?? "";
  const pods = Math.floor(limit / GANG.gpusPerPod) + 1;
  const name = `${STUDENT}-above-quota`;
  const job = studentJob({
    name,
    course: COURSE,
    image,
    size: "gang",
    pods,
    gpusPerPod: GANG.gpusPerPod,
  });
  const refusal = await student.refusal("create", "-f", manifest(scratch, "above-quota", job));
  if (refusal === undefined) {
    await student.run("delete", "jobs.batch.volcano.sh", name, "-n", namespace, "--wait=false");
    throw new Error(`a job of ${pods * GANG.gpusPerPod} GPUs was accepted; the quota is ${limit}`);
  }
  if (!/quota/i.test(refusal)) throw new Error(`refused, but not for the quota: ${refusal}`);
  return lastLine(refusal);
}

async function otherCourseIsHidden(student: Kubectl): Promise<string> {
  const seen: string[] = [];
  for (const resource of ["pods", "jobs.batch.volcano.sh", "secrets", "configmaps"]) {
    const refusal = await student.refusal("get", resource, "-n", `course-${OTHER_COURSE}`);
    if (refusal === undefined) throw new Error(`${resource} of ${OTHER_COURSE} can be read`);
    if (!/forbidden/i.test(refusal)) throw new Error(`${resource}: ${refusal}`);
    seen.push(resource);
  }
  return `Forbidden: ${seen.join(", ")} of ${OTHER_COURSE}`;
}

async function storageHolds({ room, pulumi }: RunningRoom, scratch: string): Promise<string> {
  const outputs = await pulumi.outputs(COURSE);
  return withStudentMounts(room, outputs, STUDENT, scratch, ({ home, dataset }) => {
    writeFileSync(join(home, "proof.txt"), "mine\n");
    if (readFileSync(join(home, "proof.txt"), "utf8") !== "mine\n")
      throw new Error("the home did not keep what was written");
    try {
      writeFileSync(join(dataset, "proof.txt"), "not mine\n");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw error;
      return `home: written and read back; data set: ${code}`;
    }
    throw new Error("the data set could be written");
  });
}

/** Raises the course's share above the room in a copy of its config, and looks that preview refuses and touches nothing. */
async function previewRefuses({ pulumi, room }: RunningRoom, scratch: string): Promise<string> {
  const total = room.inventory.machines.reduce((sum, m) => sum + (m.hardware.gpus?.count ?? 0), 0);
  const asked = total + 8;
  const document = parseDocument(readFileSync(join(PROJECT_DIR, `Pulumi.${COURSE}.yaml`), "utf8"));
  document.setIn(["config", "lectern:course", "gpus"], { guarantee: 0, deserved: asked, capability: asked });
  const file = join(scratch, "too-many.yaml");
  writeFileSync(file, stringify(document.toJS()));
  const stateOf = () =>
    createHash("sha256")
      .update(readFileSync(pulumi.stateFile(COURSE)))
      .digest("hex");
  const before = stateOf();
  try {
    await pulumi.preview(COURSE, ["--config-file", file]);
  } catch (error) {
    if (!(error instanceof PulumiFailure)) throw error;
    const line = error.output
      .split("\n")
      .find((l) => l.includes(`asks for ${asked} GPUs; the room has ${total}`));
    if (line === undefined)
      throw new Error(`preview failed for another reason: ${error.message}`, { cause: error });
    if (stateOf() !== before) throw new Error("the state was touched", { cause: error });
    return line.trim().replace(/^wrong:\s*/, "");
  }
  throw new Error(`a course of ${asked} GPUs passed its preview; the room has ${total}`);
}

/** The images of a course as its students see them: name to reference by digest. */
async function catalog(student: Kubectl, namespace: string): Promise<Record<string, string>> {
  const map = (await student.get("configmap", "images", "-n", namespace)) as KubeObject & {
    data?: Record<string, string>;
  };
  return map.data ?? {};
}

function manifest(scratch: string, name: string, object: unknown): string {
  const file = join(scratch, `${name}.json`);
  writeFileSync(file, JSON.stringify(object));
  return file;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
