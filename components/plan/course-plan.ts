import { type Fault, FaultCollector } from "../../base/faults";
import { type Bytes, formatSize, parseDuration } from "../../base/units";
import type { CourseParameters } from "../../policies/parameters";
import { atOnce, findShortage, type GpuDemand, type Term } from "./capacity";
import { type Room, type RoomMachine, bytesOf, countGpus, describeGpus } from "./room";
import { GPU_RESOURCE, RDMA_RESOURCE } from "./site-plan";

/** GPUs of a course: kept for it, its share under pressure, and its ceiling. */
export interface GpuShare {
  readonly guarantee: number;
  readonly deserved: number;
  readonly capability: number;
}

/** What another course of the same room asks for. */
export interface CourseClaim extends Term {
  readonly name: string;
  readonly gpus: GpuShare;
  /** Machines that it is confined to. Default: all of the room. */
  readonly machines?: readonly string[] | undefined;
  /** Hexadecimal, without the membership bit. */
  readonly pkey: string;
}

/** What a course asks for; the form has been checked. */
export interface CourseRequest extends Term {
  readonly gpus: GpuShare;
  readonly pkey: string;
  readonly machines?: readonly string[] | undefined;
  readonly teachers: readonly string[];
  readonly assistants: readonly string[];
  readonly students: readonly string[];
  readonly seats: number;
  readonly datasets: readonly { readonly name: string; readonly size: string }[];
  readonly homeSize: string;
  readonly sizes: readonly {
    readonly name: string;
    readonly cpus: number;
    readonly memory: string;
    readonly gpus: number;
    readonly rdma: boolean;
  }[];
  readonly image: string;
  /** Networks outside the cluster that the course may reach. Default: none. */
  readonly egress?: readonly string[];
  /** Default: none. */
  readonly priorityClasses?: readonly string[];
  /** The longest that a job may run. Default: a day. */
  readonly maxRun?: string;
}

/** A course measured against the room: every number that its resources carry. */
export interface CoursePlan {
  readonly name: string;
  readonly namespace: string;
  readonly queue: string;
  readonly gpus: GpuShare;
  /** All GPUs of the room. */
  readonly roomGpus: number;
  readonly pkey: number;
  /** P_Keys that belong to somebody else. */
  readonly reservedPkeys: readonly { readonly owner: string; readonly pkey: number }[];
  /** Machines whose HCAs join the partition. */
  readonly members: readonly { readonly node: string; readonly portGuid: string }[];
  /** Ceiling of the namespace, in step with the GPUs that the course may use. */
  readonly quota: {
    readonly cpus: number;
    readonly memoryBytes: Bytes;
    readonly gpus: number;
    readonly pods: number;
  };
  /** Share of the queue under pressure, in step with the GPUs that it deserves. */
  readonly deserved: { readonly cpus: number; readonly memoryBytes: Bytes; readonly gpus: number };
  /** The largest container that a size of the course allows. */
  readonly largest: { readonly cpus: number; readonly memoryBytes: Bytes };
  /** Whether the site excepts the course from a rule that Pod Security's `restricted` would hold it to. */
  readonly podSecurityExcepted: boolean;
}

/** P_Key 0 is invalid and 0x7fff is the default partition (InfiniBand Architecture Specification, volume 1, 10.9.1). */
const PKEY_MIN = 0x0001;
const PKEY_MAX = 0x7ffe;
/** Owner of the home that a course shares. */
export const SHARED_HOME = "course";
/** Pods that a course may hold at once for each seat or student, beside one for each GPU. */
const PODS_PER_PERSON = 8;

/**
 * Measures a course against the room and the other courses. Pure.
 * @returns the plan and every fault found; the plan holds only if there is no fault
 */
export function planCourse(
  name: string,
  request: CourseRequest,
  room: Room,
  others: readonly CourseClaim[],
): { readonly plan: CoursePlan; readonly faults: readonly Fault[] } {
  const faults = new FaultCollector();
  const gpuMachines = room.machines.filter((m) => m.gpus > 0);
  const chosen = chosenMachines(request, gpuMachines, faults);
  const pkey = Number.parseInt(request.pkey, 16);
  const reservedPkeys = [
    ...room.sitePkeys,
    ...others.map((o) => ({ owner: `course-${o.name}`, pkey: Number.parseInt(o.pkey, 16) })),
  ];
  gpuFaults(name, request, gpuMachines, chosen, others, faults);
  pkeyFaults(request, pkey, reservedPkeys, faults);
  peopleFaults(request, faults);
  sizeFaults(request, chosen, faults);
  uniqueNames("datasets", request.datasets, faults);
  if (!room.images.includes(request.image)) {
    faults.add(
      "lectern:course.image",
      request.image,
      "not in the site's catalog",
      `one of: ${room.images.join(", ")}`,
    );
  }
  const namespace = `course-${name}`;
  if (namespace.length > 50) {
    faults.add(
      "(stack name)",
      name,
      "too long for the names made from it",
      "a stack name of at most 43 characters",
    );
  }
  return {
    plan: {
      name,
      namespace,
      queue: namespace,
      gpus: request.gpus,
      roomGpus: countGpus(gpuMachines),
      pkey,
      reservedPkeys,
      members: chosen.flatMap((m) => m.portGuids.map((portGuid) => ({ node: m.name, portGuid }))),
      quota: courseQuota(request, chosen),
      deserved: { ...shareOf(chosen, request.gpus.deserved), gpus: request.gpus.deserved },
      largest: {
        cpus: Math.max(...request.sizes.map((s) => s.cpus)),
        memoryBytes: Math.max(...request.sizes.map((s) => bytesOf(s.memory))),
      },
      podSecurityExcepted: room.podSecurityExceptions?.includes(name) ?? false,
    },
    faults: faults.faults,
  };
}

/** What the rules of policies/ go by in the course. The registry is that of its image; storage lies outside the cluster. */
export function courseParameters(
  plan: CoursePlan,
  request: CourseRequest,
  image: string,
  monitors: readonly string[],
): CourseParameters {
  const sizes = request.sizes.map(({ name, cpus, memory, gpus, rdma }) => ({
    name,
    cpus,
    memoryBytes: bytesOf(memory),
    gpus,
    rdma,
  }));
  return {
    registry: image.split("/")[0] ?? "",
    sizes,
    devices: [
      ...(sizes.some((s) => s.gpus > 0) ? [GPU_RESOURCE] : []),
      ...(sizes.some((s) => s.rdma) ? [RDMA_RESOURCE] : []),
    ],
    pkey: `0x${plan.pkey.toString(16).padStart(4, "0")}`,
    priorityClasses: request.priorityClasses ?? [],
    egress: [...monitors.map((monitor) => `${monitor.split(":")[0]}/32`), ...(request.egress ?? [])],
    maxRunSeconds: Math.floor((parseDuration(request.maxRun ?? "1d") ?? 0) / 1000),
  };
}

function chosenMachines(request: CourseRequest, gpuMachines: readonly RoomMachine[], faults: FaultCollector) {
  if (request.machines === undefined) return gpuMachines;
  const byName = new Map(gpuMachines.map((m) => [m.name, m]));
  return request.machines.flatMap((name, i) => {
    const machine = byName.get(name);
    if (machine === undefined) {
      const fix = `one of: ${[...byName.keys()].join(", ")}`;
      faults.add(`lectern:course.machines[${i}]`, name, "no GPU machine of that name in the room", fix);
    }
    return machine ?? [];
  });
}

function gpuFaults(
  name: string,
  request: CourseRequest,
  gpuMachines: readonly RoomMachine[],
  chosen: readonly RoomMachine[],
  others: readonly CourseClaim[],
  faults: FaultCollector,
): void {
  const { gpus, machines } = request;
  const path = "lectern:course.gpus";
  const total = countGpus(gpuMachines);
  for (const key of ["guarantee", "deserved", "capability"] as const) {
    if (gpus[key] > total) {
      const problem = `asks for ${gpus[key]} GPUs; the room has ${total} (${describeGpus(gpuMachines)})`;
      faults.add(`${path}.${key}`, gpus[key], problem, `at most ${total}`);
    }
  }
  if (gpus.guarantee > gpus.deserved) {
    faults.add(
      `${path}.guarantee`,
      gpus.guarantee,
      `above deserved (${gpus.deserved})`,
      "guarantee ≤ deserved ≤ capability",
    );
  }
  if (gpus.deserved > gpus.capability) {
    faults.add(
      `${path}.deserved`,
      gpus.deserved,
      `above capability (${gpus.capability})`,
      "guarantee ≤ deserved ≤ capability",
    );
  }
  const own = countGpus(chosen);
  if (machines !== undefined && gpus.capability > own && gpus.capability <= total) {
    const problem = `the machines named have ${own} GPUs (${describeGpus(chosen)})`;
    faults.add(`${path}.capability`, gpus.capability, problem, `at most ${own}, or name more machines`);
  }
  if (gpus.guarantee > 0 && gpus.guarantee <= own)
    guaranteeFaults(name, request, gpuMachines, others, faults);
}

/** What is kept for this course and for those that run at the same time must be there, each on its own machines. */
function guaranteeFaults(
  name: string,
  request: CourseRequest,
  gpuMachines: readonly RoomMachine[],
  others: readonly CourseClaim[],
  faults: FaultCollector,
): void {
  const demandOf = (
    course: string,
    { gpus, machines }: Pick<CourseClaim, "gpus" | "machines">,
  ): GpuDemand => ({
    course,
    gpus: gpus.guarantee,
    machines,
  });
  for (const { day, others: running } of atOnce(request, others)) {
    const demands = [...running.map((o) => demandOf(o.name, o)), demandOf(name, request)];
    const short = findShortage(demands, gpuMachines);
    if (short === undefined) continue;
    const list = short.demands.map((d) => `${d.course} ${d.gpus}`).join(" + ");
    const where =
      short.machines.length === gpuMachines.length
        ? "the room"
        : short.machines.map((m) => m.name).join(", ");
    const from = day === undefined ? "" : `from ${day} on, `;
    faults.add(
      "lectern:course.gpus.guarantee",
      request.gpus.guarantee,
      `${from}guarantees are ${list} = ${short.wanted} GPUs; ${where} has ${short.there} (${describeGpus(short.machines)})`,
      short.course === name ? `at most ${short.fits} here, or less elsewhere` : `less for ${short.course}`,
    );
    return;
  }
}

function pkeyFaults(
  request: CourseRequest,
  pkey: number,
  reserved: CoursePlan["reservedPkeys"],
  faults: FaultCollector,
): void {
  const path = "lectern:course.pkey";
  if (pkey < PKEY_MIN || pkey > PKEY_MAX) {
    faults.add(
      path,
      request.pkey,
      "outside 0x0001 to 0x7ffe",
      "a P_Key without the membership bit; 0x7fff is the default partition",
    );
  }
  for (const { owner } of reserved.filter((r) => r.pkey === pkey)) {
    const taken = new Set(reserved.map((r) => r.pkey));
    let free = 0x0011;
    while (taken.has(free)) free += 1;
    faults.add(
      path,
      request.pkey,
      `already the P_Key of ${owner}`,
      `a free one, such as "0x${free.toString(16).padStart(4, "0")}"`,
    );
  }
}

function peopleFaults(request: CourseRequest, faults: FaultCollector): void {
  const seen = new Map<string, string>();
  for (const role of ["teachers", "assistants", "students"] as const) {
    request[role].forEach((person, i) => {
      const path = `lectern:course.${role}[${i}]`;
      const first = seen.get(person);
      if (first === undefined) seen.set(person, path);
      else faults.add(path, person, `already at ${first}`, "name each person once, with one role");
    });
  }
  studentNameFaults(request.students, faults);
}

/** Whose a student's work and home are is told by their names (policies/rules/own-work.ts, own-home.ts). */
function studentNameFaults(students: readonly string[], faults: FaultCollector): void {
  students.forEach((student, i) => {
    const path = `lectern:course.students[${i}]`;
    if (student === SHARED_HOME) {
      faults.add(path, student, "the name of the folder that the course shares", "another name");
    }
    for (const other of students.filter((name) => name.startsWith(`${student}-`))) {
      const problem = `the work of ${other} would be called as if it were ${student}'s`;
      faults.add(path, student, problem, `a name that ${other} does not begin with`);
    }
  });
}

function sizeFaults(request: CourseRequest, chosen: readonly RoomMachine[], faults: FaultCollector): void {
  uniqueNames("sizes", request.sizes, faults);
  request.sizes.forEach((size, i) => {
    const path = `lectern:course.sizes[${i}]`;
    const memory = bytesOf(size.memory);
    const fits = chosen.some((m) => m.gpus >= size.gpus && m.cpus >= size.cpus && m.memoryBytes >= memory);
    if (!fits) {
      const biggest = chosen.map(
        (m) => `${m.name} ${m.gpus} GPUs, ${m.cpus} cores, ${formatSize(m.memoryBytes)}`,
      );
      const value = `${size.gpus} GPUs, ${size.cpus} cores, ${size.memory}`;
      faults.add(
        path,
        value,
        "fits on no machine of the course",
        `at most what one has: ${biggest.join("; ") || "none"}`,
      );
    }
    if (size.gpus > request.gpus.capability) {
      faults.add(
        `${path}.gpus`,
        size.gpus,
        `above the course's capability (${request.gpus.capability})`,
        "a smaller size, or a larger capability",
      );
    }
    if (size.rdma && !chosen.some((m) => m.portGuids.length > 0)) {
      faults.add(`${path}.rdma`, size.rdma, "no machine of the course has an HCA", "rdma: false");
    }
  });
}

function uniqueNames(
  key: "sizes" | "datasets",
  items: readonly { readonly name: string }[],
  faults: FaultCollector,
): void {
  items.forEach(({ name }, i) => {
    if (items.findIndex((other) => other.name === name) < i) {
      faults.add(`lectern:course.${key}[${i}].name`, name, "named twice", "a name of its own");
    }
  });
}

/** Cores and memory of the course's machines in proportion to some of their GPUs. */
function shareOf(machines: readonly RoomMachine[], gpus: number): { cpus: number; memoryBytes: Bytes } {
  const share = Math.min(1, gpus / Math.max(1, countGpus(machines)));
  const cpus = machines.reduce((sum, m) => sum + m.cpus, 0);
  const memory = machines.reduce((sum, m) => sum + m.memoryBytes, 0);
  return { cpus: Math.floor(cpus * share), memoryBytes: Math.floor((memory * share) / 2 ** 30) * 2 ** 30 };
}

/** In step with the GPUs that the course may use; never below its largest size. */
function courseQuota(request: CourseRequest, chosen: readonly RoomMachine[]): CoursePlan["quota"] {
  const share = shareOf(chosen, request.gpus.capability);
  const people =
    Math.max(request.students.length, request.seats) + request.teachers.length + request.assistants.length;
  return {
    cpus: Math.max(share.cpus, ...request.sizes.map((s) => s.cpus)),
    memoryBytes: Math.max(share.memoryBytes, ...request.sizes.map((s) => bytesOf(s.memory))),
    gpus: request.gpus.capability,
    pods: request.gpus.capability + PODS_PER_PERSON * people,
  };
}
