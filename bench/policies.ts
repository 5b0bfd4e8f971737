import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../base/wait";
import { admissionObjects } from "../policies/admission";
import { courseStateObjects } from "../policies/course-states";
import { COURSE_LABEL, type PolicyObject } from "../policies/rule";
import { asking, coursePolicy, GPU, NAMESPACE, pod, SURROUNDINGS } from "../policies/rules/examples";
import { create, read, reference } from "../tests/fixtures/policies/calls";
import { Cluster } from "../tests/fixtures/policies/cluster";
import { benchEnvironment, CLONE, lectern, measure, median, quantile } from "./support/room";
import { useTools } from "./support/tools";

const LIMITS = { addedP99Ms: 2, previewShare: 0.1, startUpMs: 1500, exceeded: 0 };
/** Pod creates on each of two API servers, after some that are not measured. */
const CREATES = 2_000;
const WARM_UP = 200;
/** From one pair of creates to the next: what a create leaves to controllers is done, and no create waits for it. */
const PACE_MS = 50;
const REQUESTS = 10_000;
const QUOTA_GPUS = 16;
const PREVIEWS = 9;

/** What the rules cost a pod and a preview, and whether a course can exceed its quota by asking all at once. */
export async function run(): Promise<object> {
  await useTools();
  const clusters: Cluster[] = [];
  try {
    for (const address of ["127.87.6.1", "127.87.6.2"]) {
      const cluster = await Cluster.start(address);
      clusters.push(cluster);
      await furnish(cluster);
    }
    const [none, rules] = clusters as [Cluster, Cluster];
    const added = await admission(none, rules);
    await none.stop();
    clusters.splice(0, 1);
    return { limits: LIMITS, admission: added, quota: await quota(rules), preview: await preview() };
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
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

/**
 * Milliseconds of a pod create with all rules in force and with none: on two API servers of the same kind, one create
 * here and one there in turn, so that whatever else the machine does takes from both alike.
 */
async function admission(none: Cluster, rules: Cluster): Promise<object> {
  const objects = [
    ...admissionObjects(),
    ...courseStateObjects({ ledger: true }),
  ] as unknown as PolicyObject[];
  for (const object of objects) await rules.must(create(object));
  await rules.untilPoliciesHold();
  await untilTypesChecked(rules);
  const times = { none: [] as number[], rules: [] as number[] };
  await inTurn(WARM_UP, "warm", [none, rules]);
  const before = { none: await serverSeconds(none), rules: await serverSeconds(rules) };
  for (const [onNone = NaN, onRules = NaN] of await inTurn(CREATES, "pod", [none, rules])) {
    times.none.push(onNone);
    times.rules.push(onRules);
  }
  const after = { none: await serverSeconds(none), rules: await serverSeconds(rules) };
  const each = (cluster: "none" | "rules", what: "policies" | "cpu") =>
    ((after[cluster][what] - before[cluster][what]) / CREATES) * 1e3;
  return {
    objects: objects.length,
    creates: CREATES,
    paceMs: PACE_MS,
    noneMs: { p50: quantile(times.none, 0.5), p99: quantile(times.none, 0.99) },
    rulesMs: { p50: quantile(times.rules, 0.5), p99: quantile(times.rules, 0.99) },
    addedP50Ms: quantile(times.rules, 0.5) - quantile(times.none, 0.5),
    addedP99Ms: quantile(times.rules, 0.99) - quantile(times.none, 0.99),
    serverMs: {
      policies: each("rules", "policies"),
      cpu: each("rules", "cpu"),
      cpuNone: each("none", "cpu"),
    },
  };
}

/** Milliseconds of each create on each cluster, at a pace; which one is first changes from pod to pod. */
async function inTurn(count: number, name: string, clusters: readonly Cluster[]): Promise<number[][]> {
  const all: number[][] = [];
  for (let i = 0; i < count; i++) {
    const next = sleep(PACE_MS);
    const times: number[] = [];
    const order = clusters.map((_, j) => (i + j) % clusters.length);
    for (const j of order) times[j] = await timedCreate(clusters[j] as Cluster, `${name}-${i}`);
    all.push(times);
    await next;
  }
  return all;
}

async function timedCreate(cluster: Cluster, name: string): Promise<number> {
  const call = create(pod({}, undefined, { name }));
  const start = process.hrtime.bigint();
  const answer = await cluster.send(call);
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (answer.status >= 300) throw new Error(`pod ${name}: status ${answer.status} ${answer.message}`);
  return time;
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
