import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { KubeApi, parseKubeconfig } from "../base/kubernetes/api";
import { follow, listAll } from "../base/kubernetes/follow";
import type { KubeObject } from "../base/kubernetes/objects";
import { silentProgress } from "../base/progress";
import { stackNames } from "../base/stack-names";
import { waitFor } from "../base/wait";
import { inParallel } from "../semester/close";
import { openCourses } from "../semester/commands";
import { CourseStacks } from "../semester/stacks";
import { LabRoom } from "../tests/fixtures/lab-room";
import { largeRoom } from "./support/large-room";
import { median, quantile } from "./support/room";

const LIMITS = { noopSeconds: 6, firstPodP95Seconds: 5, throughputRatio: 0.95 };
/** How much of it is made: the project speaks of 200 courses with 50 students. */
const COURSES = Number(process.env["LECTERN_BENCH_COURSES"] ?? 200);
/** How many of them are opened; of the others there is the config, which every course reads. */
const OPENED = Number(process.env["LECTERN_BENCH_OPENED"] ?? COURSES);
const STUDENTS = Number(process.env["LECTERN_BENCH_STUDENTS"] ?? 50);
const PARALLEL = Number(process.env["LECTERN_BENCH_PARALLEL"] ?? 3);
/** Courses that share a machine: its GPUs are as many, and a port's P_Key table has 32 entries. */
const PER_MACHINE = 8;
const NOOPS = 5;
/** Of one measurement of Volcano: gangs, and pods in each. */
const GANGS = 10;
const GANG = 20;
const ROUNDS = 5;

const courseName = (i: number): string => `bench-${String(i + 1).padStart(3, "0")}`;
const studentName = (course: number, i: number): string => `s${course + 1}x${i + 1}`;

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
}

/**
 * Many courses in one room: real etcd, API server, Volcano, Ceph, OpenSM and BMCs; nodes and pods by kwok. Opened by
 * Pulumi's Automation API as `lectern semester open` does.
 */
export async function run(signal: AbortSignal): Promise<object> {
  const room = await LabRoom.make("bench");
  try {
    const machines = Math.max(2, Math.ceil(COURSES / PER_MACHINE));
    writeFileSync(join(room.project, "lab/room.yaml"), largeRoom(machines));
    for (const stack of stackNames(room.project).filter((name) => name !== "lab")) {
      rmSync(join(room.project, `Pulumi.${stack}.yaml`));
    }
    const up = await seconds(async () => {
      const { status, stderr } = await room.lectern("lab", "up", "--no-proof");
      if (status !== 0) throw new Error(stderr);
    });
    signal.throwIfAborted();
    await room.readVariables();
    Object.assign(process.env, room.variables);
    const api = new KubeApi(parseKubeconfig(readFileSync(room.variables["KUBECONFIG"] ?? "", "utf8")));
    try {
      return {
        limits: LIMITS,
        room: { gpuMachines: machines, upSeconds: up.seconds },
        ...(await measureAll(room, api, signal)),
      };
    } finally {
      api.close();
    }
  } finally {
    // What courses are made of goes with the room's services: they need not be taken down one by one.
    const states = join(room.dir, "pulumi/.pulumi/stacks/lectern");
    for (let i = 0; i < OPENED; i++) rmSync(join(states, `${courseName(i)}.json`), { force: true });
    // What was measured is worth keeping, whatever is left behind.
    await room.remove().catch((error: Error) => process.stderr.write(`${error.message}\n`));
  }
}

/** What fails is written down as that, and does not take the rest with it. */
async function measureAll(room: LabRoom, api: KubeApi, signal: AbortSignal): Promise<object> {
  const results: Record<string, unknown> = {
    courses: COURSES,
    opened: OPENED,
    students: STUDENTS,
    parallel: PARALLEL,
  };
  const measured = async <T extends object>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    signal.throwIfAborted();
    try {
      const result = await work();
      results[name] = result;
      process.stderr.write(`${name}: ${JSON.stringify(result)}\n`);
      return result;
    } catch (error) {
      results[name] = { error: (error as Error).message.slice(0, 1_000) };
      return undefined;
    }
  };
  const first = courseName(0);
  await plainQueue(api);
  const plain = { namespace: PLAIN, name: "full", image: PLAIN_IMAGE };
  await measured("volcanoBefore", () => paces(api, { plain: { ...plain, name: "bare" } }));
  for (let i = 0; i < COURSES; i++) writeCourse(room, i);
  await measured("open", () => open(room, api, signal));
  await measured("objects", () => objects(api));
  await measured("noop", () => noop(room, first));
  await measured("claims", () => claimsBound(api));
  await measured("rosterChange", () => rosterChange(room, api));
  const image = await imageOf(api, first);
  const course = { namespace: `course-${first}`, name: `${studentName(0, 0)}-full`, image };
  const both = await measured("volcano", () => paces(api, { plain, course }));
  if (both) results["volcanoRatio"] = both.course.podsPerSecond / both.plain.podsPerSecond;
  return results;
}

/** Where gangs are started, what their names begin with, and what they run. */
interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
}

interface Pace {
  readonly podsPerSecond: number;
  readonly pods: number;
  readonly rounds: readonly number[];
}

/** Volcano's pace at some places: the median of rounds at each in turn, so that what else the machine does takes from all. */
async function paces<Name extends string>(
  api: KubeApi,
  places: Readonly<Record<Name, Place>>,
): Promise<Record<Name, Pace>> {
  const all = Object.entries(places) as [Name, Place][];
  const rounds = new Map<Name, number[]>(all.map(([name]) => [name, []]));
  for (let i = 0; i < ROUNDS; i++) {
    for (const [name, place] of all)
      rounds.get(name)?.push(await podsPerSecond(api, { ...place, name: `${place.name}-${i}` }));
  }
  const pace = (of: readonly number[]): Pace => ({
    podsPerSecond: median(of),
    pods: GANGS * GANG,
    rounds: of,
  });
  return Object.fromEntries([...rounds].map(([name, of]) => [name, pace(of)])) as Record<Name, Pace>;
}

function writeCourse({ project }: LabRoom, i: number): void {
  const course = {
    site: "lab",
    title: `Course ${i + 1}`,
    teachers: [`t${i + 1}`],
    roster: `rosters/${courseName(i)}.csv`,
    seats: 2,
    // The first one is also what Volcano's throughput is measured in.
    gpus: { guarantee: 1, capability: PER_MACHINE },
    machines: [`gpu-${Math.floor(i / PER_MACHINE) + 1}`],
    homeSize: "64Mi",
    images: ["base"],
    pkey: `0x${(0x100 + i).toString(16).padStart(4, "0")}`,
  };
  writeFileSync(
    join(project, `Pulumi.${courseName(i)}.yaml`),
    stringify({ config: { "lectern:course": course } }),
  );
  writeRoster(project, i, STUDENTS);
}

function writeRoster(project: string, course: number, students: number): void {
  const dir = join(project, "rosters");
  mkdirSync(dir, { recursive: true });
  const lines = Array.from({ length: students }, (_, i) => `${studentName(course, i)},Student ${i + 1}\n`);
  writeFileSync(join(dir, `${courseName(course)}.csv`), ["id,name\n", ...lines].join(""));
}

/** Opens all courses, some at a time, and starts a pod in each as soon as it is there. */
async function open({ project }: LabRoom, api: KubeApi, signal: AbortSignal): Promise<object> {
  const stacks = new CourseStacks(project);
  const ups: number[] = [];
  const bounds: number[] = [];
  const all = await seconds(async () => {
    await inParallel([...Array(OPENED).keys()], PARALLEL, async (i) => {
      const course = courseName(i);
      const [result] = await openCourses([course], { stacks, progress: silentProgress, parallel: 1, signal });
      if (result === undefined || result.error !== undefined) throw new Error(`${course}: ${result?.error}`);
      ups.push(result.seconds);
      bounds.push(await firstPod(api, i));
      process.stderr.write(
        `${ups.length}/${OPENED} ${course}: up ${result.seconds} s, first pod ${bounds.at(-1)} s\n`,
      );
    });
  });
  return {
    firstUpOfAllSeconds: all.seconds,
    firstUp: {
      p50Seconds: quantile(ups, 0.5),
      p95Seconds: quantile(ups, 0.95),
      firstSeconds: ups[0],
      lastSeconds: ups.at(-1),
    },
    firstPod: {
      p50Seconds: quantile(bounds, 0.5),
      p95Seconds: quantile(bounds, 0.95),
      maxSeconds: Math.max(...bounds),
    },
  };
}

/** Seconds from a course's `up` to its first pod on a node. */
async function firstPod(api: KubeApi, i: number): Promise<number> {
  const namespace = `course-${courseName(i)}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const image = await imageOf(api, courseName(i));
  const name = `${studentName(i, 0)}-first`;
  const { seconds: taken } = await seconds(async () => {
    await api.post(path, pod(namespace, name, image));
    await waitFor(`${name} is bound`, async () => (await api.get<Pod>(`${path}/${name}`)).spec.nodeName, {
      timeout: 60_000,
      interval: 50,
    });
  });
  await api.delete(`${path}/${name}`, { apiVersion: "v1", kind: "DeleteOptions" });
  return taken;
}

async function noop(room: LabRoom, course: string): Promise<object> {
  const times: number[] = [];
  for (let i = 0; i <= NOOPS; i++) {
    const { seconds: taken } = await seconds(() => pulumiUp(room, course, "--expect-no-changes"));
    if (i > 0) times.push(taken);
  }
  return { medianSeconds: median(times), seconds: times };
}

/** Waits until every claim has its volume, which the controller manager writes into both: no roster change's doing. */
async function claimsBound(api: KubeApi): Promise<object> {
  interface Claim extends KubeObject {
    readonly status?: { readonly phase?: string };
  }
  const { seconds: taken, value } = await seconds(() =>
    waitFor(
      "all claims are bound",
      async () => {
        const claims = (await listAll<Claim>(api, "/api/v1/persistentvolumeclaims")).objects;
        return claims.every(({ status }) => status?.phase === "Bound") ? claims.length : undefined;
      },
      { timeout: 3_600_000, interval: 5_000 },
    ),
  );
  return { claims: value, waitedSeconds: taken };
}

/** One student less and one more in one course: which objects of all courses are written. */
async function rosterChange(room: LabRoom, api: KubeApi): Promise<object> {
  const before = await versions(api);
  writeRoster(room.project, 0, STUDENTS + 1);
  const file = join(room.project, "rosters", `${courseName(0)}.csv`);
  const leaver = studentName(0, 1);
  writeFileSync(file, readFileSync(file, "utf8").replace(new RegExp(`^${leaver},.*\n`, "m"), ""));
  const { seconds: taken } = await seconds(() => pulumiUp(room, courseName(0)));
  const after = await versions(api);
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
    (k) => before.get(k) !== after.get(k),
  );
  const joiner = studentName(0, STUDENTS);
  const own = touched.filter((key) => [leaver, joiner].some((student) => key.endsWith(`-${student}`)));
  return { seconds: taken, objectsTouched: touched.length, ofOthers: touched.length - own.length };
}

async function pulumiUp(room: LabRoom, course: string, ...flags: string[]): Promise<void> {
  const { status, stdout, stderr } = await room.pulumi(
    "up",
    "--stack",
    course,
    "--yes",
    "--skip-preview",
    ...flags,
  );
  if (status !== 0) throw new Error(stdout + stderr);
}

/** Kinds that a course is made of, as the API server lists them. */
const KINDS = [
  "api/v1/namespaces",
  "api/v1/serviceaccounts",
  "api/v1/secrets",
  "api/v1/configmaps",
  "api/v1/persistentvolumes",
  "api/v1/persistentvolumeclaims",
  "api/v1/resourcequotas",
  "api/v1/limitranges",
  "apis/rbac.authorization.k8s.io/v1/roles",
  "apis/rbac.authorization.k8s.io/v1/rolebindings",
  "apis/networking.k8s.io/v1/networkpolicies",
  "apis/scheduling.volcano.sh/v1beta1/queues",
];

/** Every object of the courses, by kind and name, with what changes when it is written. */
async function versions(api: KubeApi): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of KINDS) {
    for (const { metadata } of (await listAll<KubeObject>(api, `/${kind}`)).objects) {
      const key = `${metadata.namespace ?? ""} ${kind} ${metadata.name}`;
      if (!key.includes("bench-")) continue;
      // What a quota counted, and what Volcano counts of a queue, is written into them.
      const counted = kind.endsWith("quotas") || kind.endsWith("queues");
      found.set(key, counted ? (metadata.uid ?? "") : `${metadata.uid} ${metadata.resourceVersion}`);
    }
  }
  return found;
}

async function objects(api: KubeApi): Promise<object> {
  const keys = [...(await versions(api)).keys()];
  const last = studentName(0, STUDENTS - 1);
  const ofOne = keys.filter((key) => key.endsWith(`-${last}`)).length;
  return { all: keys.length, perCourse: keys.length / OPENED, perStudent: ofOne };
}

const PLAIN = "plain";
const PLAIN_IMAGE = "registry.test/plain:1";

/** A namespace and a queue that nobody looks after, for what Volcano does by itself. */
async function plainQueue(api: KubeApi): Promise<void> {
  await api.post("/api/v1/namespaces", { metadata: { name: PLAIN } });
  await api.post("/apis/scheduling.volcano.sh/v1beta1/queues", {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    kind: "Queue",
    metadata: { name: PLAIN },
    spec: { reclaimable: true },
  });
}

/** Volcano's pace: gangs of small pods, from the first order to the last pod on a node. */
async function podsPerSecond(api: KubeApi, { namespace, name, image }: Place): Promise<number> {
  const queue = `/apis/scheduling.volcano.sh/v1beta1/queues/${namespace}`;
  await waitFor(
    `queue ${namespace} is open`,
    async () => (await api.get<{ status?: { state?: string } }>(queue)).status?.state === "Open" || undefined,
    { timeout: 60_000 },
  );
  const bound = new Set<string>();
  const watching = new AbortController();
  const note = (pod: Pod): void => {
    if (pod.metadata.name.startsWith(name) && pod.spec.nodeName !== undefined) bound.add(pod.metadata.name);
  };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const jobs = `/apis/batch.volcano.sh/v1alpha1/namespaces/${namespace}/jobs`;
  const watched = follow<Pod>(
    api,
    pods,
    { onList: (all) => all.forEach(note), onChange: (_, pod) => note(pod), onError: () => undefined },
    watching.signal,
  );
  const names = Array.from({ length: GANGS }, (_, i) => `${name}-${i}`);
  const { seconds: taken } = await seconds(async () => {
    await Promise.all(names.map((job) => api.post(jobs, gang(namespace, job, image))));
    await waitFor(`${GANGS * GANG} pods are bound`, () => bound.size === GANGS * GANG || undefined, {
      timeout: 180_000,
      interval: 20,
    });
  });
  watching.abort();
  await watched;
  for (const job of names) await api.delete(`${jobs}/${job}`, { apiVersion: "v1", kind: "DeleteOptions" });
  await waitFor(
    "they are gone",
    async () =>
      (await listAll<Pod>(api, pods)).objects.every(({ metadata }) => !metadata.name.startsWith(name)) ||
      undefined,
    { timeout: 180_000, interval: 500 },
  );
  return (GANGS * GANG) / taken;
}

function podSpec(image: string, gpus: number): Record<string, unknown> {
  const resources = { cpu: "500m", memory: "512Mi", ...(gpus > 0 ? { "nvidia.com/gpu": String(gpus) } : {}) };
  return {
    restartPolicy: "Never",
    activeDeadlineSeconds: 3_600,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "work",
        image,
        command: ["true"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        resources: { requests: resources, limits: resources },
      },
    ],
  };
}

function pod(namespace: string, name: string, image: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, annotations: { "scheduling.volcano.sh/queue-name": namespace } },
    spec: { schedulerName: "volcano", ...podSpec(image, 1) },
  };
}

function gang(namespace: string, name: string, image: string): object {
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: { name, namespace },
    spec: {
      schedulerName: "volcano",
      queue: namespace,
      minAvailable: GANG,
      tasks: [{ name: "worker", replicas: GANG, template: { spec: podSpec(image, 0) } }],
    },
  };
}

async function imageOf(api: KubeApi, course: string): Promise<string> {
  const path = `/api/v1/namespaces/course-${course}/configmaps/images`;
  return (await api.get<{ data: Record<string, string> }>(path)).data["base"] ?? "";
}

async function seconds<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const start = process.hrtime.bigint();
  const value = await work();
  return { seconds: Math.round(Number(process.hrtime.bigint() - start) / 1e6) / 1e3, value };
}
