import { spawn } from "node:child_process";
import { join } from "node:path";
import { waitFor } from "../base/wait";
import { admissionObjects } from "../policies/admission";
import { courseStateObjects } from "../policies/course-states";
import { COURSE_LABEL, type PolicyObject } from "../policies/rule";
import { asking, coursePolicy, GPU, NAMESPACE, pod, SURROUNDINGS } from "../policies/rules/examples";
import { create, read, reference, remove } from "../tests/fixtures/policies/calls";
import { Cluster } from "../tests/fixtures/policies/cluster";
import { benchEnvironment, CLONE, lectern, measure, median } from "./support/room";
import { useTools } from "./support/tools";

const LIMITS = { addedP99Ms: 2, previewShare: 0.1, startUpMs: 1500, exceeded: 0 };
/** Pod creates measured with the rules and without them, in turn. */
const ROUNDS = 4;
const CREATES = 250;
const REQUESTS = 10_000;
const QUOTA_GPUS = 16;
const PREVIEWS = 3;

/** What the rules cost a pod and a preview, and whether a course can exceed its quota by asking all at once. */
export async function run(): Promise<object> {
  await useTools();
  const cluster = await Cluster.start("127.87.6.1");
  try {
    await furnish(cluster);
    return {
      limits: LIMITS,
      admission: await admission(cluster),
      quota: await quota(cluster),
      preview: await preview(),
    };
  } finally {
    await cluster.stop();
  }
}

async function furnish(cluster: Cluster): Promise<void> {
  const labels = { [COURSE_LABEL]: "x" };
  await cluster.store({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  for (const object of SURROUNDINGS.filter(({ kind }) => kind !== "ResourceQuota"))
    await cluster.store(object);
  await cluster.store(coursePolicy);
  const first = pod({}, undefined, { name: "first" });
  await waitFor("the namespace's account", async () => (await status(cluster, first)) < 300 || undefined, {
    timeout: 30_000,
  });
}

const status = async (cluster: Cluster, object: PolicyObject) => (await cluster.send(create(object))).status;

/** Milliseconds of a pod create, with all rules in force and with none, in turn on one API server. */
async function admission(cluster: Cluster): Promise<object> {
  const times = { none: [] as number[], rules: [] as number[] };
  const inServer = { policies: [] as number[], cpu: [] as number[], cpuNone: [] as number[] };
  const rules = [...admissionObjects(), ...courseStateObjects({ ledger: true })] as unknown as PolicyObject[];
  for (let round = 0; round < ROUNDS; round++) {
    const start = await serverSeconds(cluster);
    times.none.push(...(await creates(cluster, `none-${round}`)));
    inServer.cpuNone.push((((await serverSeconds(cluster)).cpu - start.cpu) / CREATES) * 1e3);
    for (const object of rules) await cluster.must(create(object));
    await cluster.untilPoliciesHold();
    await untilTypesChecked(cluster);
    const before = await serverSeconds(cluster);
    times.rules.push(...(await creates(cluster, `rules-${round}`)));
    const after = await serverSeconds(cluster);
    inServer.policies.push(((after.policies - before.policies) / CREATES) * 1e3);
    inServer.cpu.push(((after.cpu - before.cpu) / CREATES) * 1e3);
    for (const object of [...rules].reverse()) await cluster.must(remove(object));
    const free = pod({ hostPID: true }, undefined, { name: `free-${round}` });
    await waitFor("no rule in force", async () => (await status(cluster, free)) < 300 || undefined, {
      timeout: 60_000,
    });
  }
  const at = (list: readonly number[], share: number) =>
    [...list].sort((a, b) => a - b)[Math.floor(list.length * share)] ?? NaN;
  return {
    objects: rules.length,
    noneMs: { p50: at(times.none, 0.5), p99: at(times.none, 0.99) },
    rulesMs: { p50: at(times.rules, 0.5), p99: at(times.rules, 0.99) },
    addedP50Ms: at(times.rules, 0.5) - at(times.none, 0.5),
    addedP99Ms: at(times.rules, 0.99) - at(times.none, 0.99),
    serverMs: {
      policies: median(inServer.policies),
      cpu: median(inServer.cpu),
      cpuNone: median(inServer.cpuNone),
    },
  };
}

async function creates(cluster: Cluster, name: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < CREATES; i++) {
    const call = create(pod({}, undefined, { name: `${name}-${i}` }));
    const start = process.hrtime.bigint();
    const answer = await cluster.send(call);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
    if (answer.status >= 300) throw new Error(`pod ${name}-${i}: status ${answer.status} ${answer.message}`);
  }
  return times;
}

/** The controller manager looks through new policies for a while, and takes a core for it. */
async function untilTypesChecked(cluster: Cluster): Promise<void> {
  const all = read({ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" });
  const isChecked = async () => {
    const { body } = await cluster.must(all);
    const found = body["items"] as readonly { readonly status?: { readonly observedGeneration?: number } }[];
    return found.every((policy) => policy.status?.observedGeneration !== undefined) || undefined;
  };
  await waitFor("the types of all policies checked", isChecked, { timeout: 240_000, interval: 500 });
}

/** Seconds of the API server, by its own clocks: that both kinds of policies took of creates, and of processors. */
async function serverSeconds(cluster: Cluster): Promise<{ readonly policies: number; readonly cpu: number }> {
  const { text } = await cluster.must({ method: "GET", path: "/metrics" });
  const sum = (metric: RegExp) =>
    [...text.matchAll(metric)].reduce((total, [, seconds]) => total + Number(seconds), 0);
  return {
    policies: sum(
      /^apiserver_admission_controller_admission_duration_seconds_sum\{name="(?:Validating|Mutating)AdmissionPolicy",operation="CREATE".*\} (\S+)$/gm,
    ),
    cpu: sum(/^process_cpu_seconds_total (\S+)$/gm),
  };
}

/** Asks for one GPU each, all at once, under a quota of a few. */
async function quota(cluster: Cluster): Promise<object> {
  const hard = { [`requests.${GPU}`]: String(QUOTA_GPUS) };
  await cluster.store({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "course", namespace: NAMESPACE },
    spec: { hard },
  });
  await waitFor("the quota counted", async () => (await usedGpus(cluster)) === 0 || undefined, {
    timeout: 120_000,
  });
  const one = asking({ [GPU]: "1" });
  const annotations = { "scheduling.volcano.sh/queue-name": NAMESPACE };
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, (_, i) =>
      status(cluster, pod({ schedulerName: "volcano" }, one, { name: `greedy-${i}`, annotations })),
    ),
  );
  const accepted = statuses.filter((status) => status < 300).length;
  return {
    requests: REQUESTS,
    quota: QUOTA_GPUS,
    accepted,
    used: await usedGpus(cluster),
    exceeded: Math.max(0, accepted - QUOTA_GPUS),
  };
}

async function usedGpus(cluster: Cluster): Promise<number> {
  const { body } = await cluster.must(read(reference("v1", "ResourceQuota", NAMESPACE, "course")));
  const { used } = (body["status"] ?? {}) as { readonly used?: Readonly<Record<string, string>> };
  return Number(used?.[`requests.${GPU}`] ?? NaN);
}

/** The preview of a course with the pack and without it, in turn, and the start of the pack alone. */
async function preview(): Promise<object> {
  await measure(lectern("lab", "up", "--no-proof"));
  try {
    const { stdout } = await measure(lectern("lab", "env", "--json"));
    const withPack = { ...benchEnvironment, ...(JSON.parse(stdout) as Record<string, string>) };
    const without = { ...withPack, PULUMI_OPTION_POLICY_PACK: undefined };
    const command: [string, ...string[]] = [
      "pulumi",
      "preview",
      "--stack",
      "cxr-diagnosis",
      "--non-interactive",
    ];
    const times = { pack: [] as number[], none: [] as number[] };
    for (let i = 0; i < PREVIEWS; i++) {
      times.none.push((await measure(command, { env: without })).wallMs);
      times.pack.push((await measure(command, { env: withPack })).wallMs);
    }
    const startUps: number[] = [];
    for (let i = 0; i < PREVIEWS; i++) startUps.push(await startUp());
    const share = 1 - median(times.none) / median(times.pack);
    return { noneMs: median(times.none), packMs: median(times.pack), share, startUpMs: median(startUps) };
  } finally {
    await measure(lectern("lab", "down", "--purge"));
  }
}

/** Milliseconds until the pack, started as the engine does, says where it listens. */
async function startUp(): Promise<number> {
  const start = process.hrtime.bigint();
  const runner = join(CLONE, "toolchain/pulumi-plugins/bin/pulumi-analyzer-policy");
  // Nobody is asked at the engine's address before the pack listens.
  const argv = [runner, "127.0.0.1:1", join(CLONE, "policies"), "-typescript=false"];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((done) => child.stdout.once("data", done));
    return Number(process.hrtime.bigint() - start) / 1e6;
  } finally {
    child.kill();
  }
}
