import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../base/wait";
import { admissionObjects } from "../policies/admission";
import { courseStateObjects } from "../policies/course-states";
import { COURSE_LABEL, type PolicyObject } from "../policies/rule";
import { PREEMPTION, sizeClass } from "../policies/size-classes";
import { asking, coursePolicy, GPU, NAMESPACE, pod, SURROUNDINGS } from "../policies/rules/examples";
import { create, read, reference } from "../tests/fixtures/policies/calls";
import { Cluster } from "../tests/fixtures/policies/cluster";
import { benchEnvironment, CLONE, lectern, measure, median, quantile } from "./support/room";
import { useTools } from "./support/tools";

const LIMITS = { addedP99Ms: 2, previewShare: 0.1, startUpMs: 1500, exceeded: 0 };
/** Pod creates on each of three API servers, after some that are not measured. */
const CREATES = 2_000;
const WARM_UP = 200;
/** From one create on each to the next: what a create leaves to controllers is done, and no create waits for it. */
const PACE_MS = 50;
const REQUESTS = 10_000;
const QUOTA_GPUS = 16;
const PREVIEWS = 9;

/** What the rules cost a pod and a preview, and whether a course can exceed its quota by asking all at once. */
export async function run(): Promise<object> {
  await useTools();
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

const ALL = ["none", "least", "rules"] as const;
type Each<T> = Readonly<Record<(typeof ALL)[number], T>>;
const each = <T>(value: (name: (typeof ALL)[number]) => T) =>
  Object.fromEntries(ALL.map((name) => [name, value(name)])) as Each<T>;

/**
 * Milliseconds of a pod create with all rules in force, with none, and with the least that fills in a class and sees
 * that there is one: three API servers of the same kind, one create on each in turn, so that whatever else the machine
 * does takes from all alike. The least is what policies of the API server cost whatever they say.
 */
async function admission(clusters: Each<Cluster>): Promise<object> {
  const objects = [...admissionObjects(), ...courseStateObjects({ ledger: true })] as readonly object[];
  for (const object of objects) await clusters.rules.must(create(object as PolicyObject));
  for (const object of leastPolicies()) await clusters.least.must(create(object));
  await clusters.rules.untilPoliciesHold();
  await untilTypesChecked(clusters.rules);
  await untilFilledIn(clusters.least);
  const inOrder = ALL.map((name) => clusters[name]);
  await inTurn(WARM_UP, "warm", inOrder);
  const seconds = () => Promise.all(inOrder.map(serverSeconds));
  const before = await seconds();
  const all = await inTurn(CREATES, "pod", inOrder);
  const after = await seconds();
  const times = each((name) => {
    const mine = all.map((of) => of[ALL.indexOf(name)] ?? NaN);
    return { p50: quantile(mine, 0.5), p99: quantile(mine, 0.99) };
  });
  const added = (name: "least" | "rules") => ({
    p50: times[name].p50 - times.none.p50,
    p99: times[name].p99 - times.none.p99,
  });
  const server = (what: "policies" | "cpu") =>
    each((name) => {
      const i = ALL.indexOf(name);
      return (((after[i]?.[what] ?? NaN) - (before[i]?.[what] ?? NaN)) / CREATES) * 1e3;
    });
  return {
    objects: objects.length,
    creates: CREATES,
    paceMs: PACE_MS,
    createMs: times,
    addedMs: { least: added("least"), rules: added("rules") },
    serverMs: { policies: server("policies"), cpu: server("cpu") },
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
