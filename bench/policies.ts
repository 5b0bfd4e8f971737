import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../base/wait";
import { Kubectl } from "../lab/kubectl";
import { admissionObjects } from "../policies/admission";
import { courseStateObjects } from "../policies/course-states";
import { COURSE_LABEL, type PolicyObject } from "../policies/rule";
import { PREEMPTION, sizeClass } from "../policies/size-classes";
import { asking, coursePolicy, GPU, NAMESPACE, pod, SURROUNDINGS } from "../policies/rules/examples";
import { create, read, reference } from "../tests/fixtures/policies/calls";
import { Cluster } from "../tests/fixtures/policies/cluster";
import type { Toolbox } from "../toolchain/toolbox";
import { benchEnvironment, CLONE, lectern, measure, median, quantile } from "./support/room";
import { useTools } from "./support/tools";

const LIMITS = { addedP99Ms: 2, previewShare: 0.1, startUpMs: 1500, exceeded: 0 };
/** Pod creates of each kind on each of three API servers, after some that are not measured. */
const CREATES = 2_000;
const WARM_UP = 200;
/** From one create on each to the next: what a create leaves to controllers is done, and no create waits for it. */
const PACE_MS = 50;
const REQUESTS = 10_000;
const QUOTA_GPUS = 16;
const PREVIEWS = 9;

/** What the rules cost a pod and a preview, and whether a course can exceed its quota by asking all at once. */
export async function run(): Promise<object> {
  const toolbox = await useTools();
  const clusters: Cluster[] = [];
  try {
    for (const address of ["127.87.6.1", "127.87.6.2", "127.87.6.3"]) {
      const cluster = await Cluster.start(address);
      clusters.push(cluster);
      await furnish(cluster);
    }
    const [none, least, rules] = clusters as [Cluster, Cluster, Cluster];
    const added = await admission({ none, least, rules });
    for (const cluster of [none, least]) await cluster.stop();
    clusters.splice(0, 2);
    await rules.resume();
    return { limits: LIMITS, admission: added, quota: await quota(rules), preview: await preview(toolbox) };
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

type Servers = Readonly<Record<"none" | "least" | "rules", Cluster>>;

/**
 * What all rules take of a pod create: on API servers of the same kind with all rules in force, with none, and with the
 * least that fills in a class and sees that there is one, which is what policies of the API server cost whatever they
 * say. A pod that names its class needs nothing filled in. Nothing else runs on the control planes meanwhile: the
 * slowest of a hundred creates would be those beside the work of controllers.
 */
async function admission(servers: Servers): Promise<object> {
  const objects = [...admissionObjects(), ...courseStateObjects({ ledger: true })] as readonly object[];
  for (const object of objects) await servers.rules.must(create(object as PolicyObject));
  for (const object of leastPolicies()) await servers.least.must(create(object));
  await servers.rules.untilPoliciesHold();
  await untilTypesChecked(() => policiesOf(servers.rules));
  await untilFilledIn(servers.least);
  for (const cluster of Object.values(servers)) await cluster.quiet();
  const named = { priorityClassName: sizeClass(1), preemptionPolicy: PREEMPTION };
  return {
    objects: objects.length,
    creates: CREATES,
    paceMs: PACE_MS,
    withoutClass: await compared(servers, "bare", {}),
    withClass: await compared(servers, "named", named),
  };
}

/** Milliseconds of creates: one on each server in turn, so that whatever the machine does takes from all alike. */
async function compared(servers: Servers, name: string, spec: object): Promise<object> {
  const names = Object.keys(servers) as (keyof Servers)[];
  const clusters = Object.values(servers);
  await inTurn(WARM_UP, `${name}-warm`, clusters, spec);
  const seconds = () => Promise.all(clusters.map(serverSeconds));
  const before = await seconds();
  const all = await inTurn(CREATES, name, clusters, spec);
  const after = await seconds();
  const times = names.map((_, i) => all.map((of) => of[i] ?? NaN));
  const quantiles = times.map((mine) => ({ p50: quantile(mine, 0.5), p99: quantile(mine, 0.99) }));
  const [none] = quantiles as [(typeof quantiles)[number]];
  const added = quantiles.map(({ p50, p99 }) => ({ p50: p50 - none.p50, p99: p99 - none.p99 }));
  const server = (what: "policies" | "cpu") =>
    names.map((_, i) => (((after[i]?.[what] ?? NaN) - (before[i]?.[what] ?? NaN)) / CREATES) * 1e3);
  const each = (values: readonly unknown[]) => Object.fromEntries(names.map((key, i) => [key, values[i]]));
  return {
    createMs: each(quantiles),
    addedMs: each(added),
    serverMs: { policies: each(server("policies")), cpu: each(server("cpu")) },
  };
}

/** One policy that fills in a pod's class, a constant, and one that sees that it is there. */
function leastPolicies(): PolicyObject[] {
  const matchConstraints = {
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  };
  const policy = (kind: string, spec: object, binding: object) => {
    const head = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "least" } };
    const policySpec = { matchConstraints, failurePolicy: "Fail", ...spec };
    return [
      { ...head, kind, spec: policySpec },
      { ...head, kind: `${kind}Binding`, spec: { policyName: "least", ...binding } },
    ];
  };
  const jsonPatch = {
    expression:
      `[JSONPatch{op: 'add', path: '/spec/priorityClassName', value: '${sizeClass(1)}'}, ` +
      `JSONPatch{op: 'add', path: '/spec/preemptionPolicy', value: '${PREEMPTION}'}]`,
  };
  const filled = {
    reinvocationPolicy: "Never",
    matchConditions: [{ name: "wanted", expression: "!has(object.spec.priorityClassName)" }],
    mutations: [{ patchType: "JSONPatch", jsonPatch }],
  };
  const held = { validations: [{ expression: "has(object.spec.priorityClassName)" }] };
  return [
    ...policy("MutatingAdmissionPolicy", filled, {}),
    ...policy("ValidatingAdmissionPolicy", held, { validationActions: ["Deny"] }),
  ] as PolicyObject[];
}

/** Until the API server knows the policy that fills in the class. */
async function untilFilledIn(cluster: Cluster): Promise<void> {
  let tries = 0;
  const isFilledIn = async () => {
    const name = `filled-${tries++}`;
    await cluster.must(create(pod({}, undefined, { name })));
    const { body } = await cluster.must(read(reference("v1", "Pod", NAMESPACE, name)));
    return (
      (body["spec"] as { readonly priorityClassName?: string }).priorityClassName !== undefined || undefined
    );
  };
  await waitFor("classes filled in", isFilledIn, { timeout: 60_000 });
}

/** Milliseconds of each create on each cluster, at a pace; which one is first changes from pod to pod. */
async function inTurn(
  count: number,
  name: string,
  clusters: readonly Cluster[],
  spec: object,
): Promise<number[][]> {
  const all: number[][] = [];
  for (let i = 0; i < count; i++) {
    const next = sleep(PACE_MS);
    const times: number[] = [];
    const order = clusters.map((_, j) => (i + j) % clusters.length);
    for (const j of order)
      times[j] = await timedCreate(clusters[j] as Cluster, pod(spec, undefined, { name: `${name}-${i}` }));
    all.push(times);
    await next;
  }
  return all;
}

async function timedCreate(cluster: Cluster, object: PolicyObject): Promise<number> {
  const call = create(object);
  const start = process.hrtime.bigint();
  const answer = await cluster.send(call);
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (answer.status >= 300)
    throw new Error(`pod ${object.metadata?.name}: status ${answer.status} ${answer.message}`);
  return time;
}

/** The controller manager looks through new policies for a while, and takes a core for it. */
async function untilTypesChecked(policies: () => Promise<readonly CheckedPolicy[]>): Promise<void> {
  const isChecked = async () =>
    (await policies()).every(({ status }) => status?.observedGeneration !== undefined) || undefined;
  await waitFor("the types of all policies checked", isChecked, { timeout: 240_000, interval: 500 });
}

interface CheckedPolicy {
  readonly status?: { readonly observedGeneration?: unknown };
}

async function policiesOf(cluster: Cluster): Promise<readonly CheckedPolicy[]> {
  const all = { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" };
  return (await cluster.must(read(all))).body["items"] as readonly CheckedPolicy[];
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
async function preview(toolbox: Toolbox): Promise<object> {
  await measure(lectern("lab", "up", "--no-proof"));
  try {
    const { stdout } = await measure(lectern("lab", "env", "--json"));
    const withPack = { ...benchEnvironment, ...(JSON.parse(stdout) as Record<string, string>) };
    const without = { ...withPack, PULUMI_OPTION_POLICY_PACK: undefined };
    const kubectl = new Kubectl(toolbox, withPack["KUBECONFIG"] ?? "");
    await untilTypesChecked(() => kubectl.list("validatingadmissionpolicies"));
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
