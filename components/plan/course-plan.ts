import { type Fault, FaultCollector } from "../../base/faults";
import { type Bytes, parseDuration } from "../../base/units";
import type { CourseParameters } from "../../policies/parameters";
import { studentClasses } from "../../policies/size-classes";
import { allocationFaults, studentHard, studentLimits, type StudentLimits } from "./allocation";
import { type GpuClaim, gpuFaults, type GpuShare, machinesOf, shareOf } from "./gpu-shares";
import { type InstanceSize, sizeFaults, type SizeQuota, sizeQuotas } from "./instance-sizes";
import { formatPkey, pkeyFaults, pkeyOf, type ReservedPkey } from "./pkeys";
import { type Dataset, type Room, type RoomMachine, bytesOf, countGpus } from "./room";
import { type People, peopleFaults } from "./roster";
import { GPU_RESOURCE, RDMA_RESOURCE } from "./site-plan";
import { timetableFaults } from "./timetable";

export { SHARED_HOME } from "./roster";

/** What another course of the same room asks for. */
export interface CourseClaim extends GpuClaim {
  readonly name: string;
  /** Hexadecimal, without the membership bit. Default: made from the name. */
  readonly pkey?: string | undefined;
}

/** What a course asks for; the form has been checked. */
export interface CourseRequest extends GpuClaim, People {
  /** Default: the site's. */
  readonly semester?: string | undefined;
  /** GPU hours for the semester. Default: no limit. */
  readonly gpuHours?: number | undefined;
  readonly pkey?: string | undefined;
  /** Default of each size: that of the site's data set. */
  readonly datasets: readonly { readonly name: string; readonly size?: string | undefined }[];
  readonly homeSize: string;
  readonly sizes: readonly InstanceSize[];
  /** Names of images. Default: all of the site's catalog. */
  readonly images?: readonly string[] | undefined;
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
  readonly reservedPkeys: readonly ReservedPkey[];
  /** What it reads, each with its size. */
  readonly datasets: readonly Dataset[];
  /** Names of its images. */
  readonly images: readonly string[];
  /** Names of the machines that it may use. */
  readonly machines: readonly string[];
  /** Machines whose HCAs join the partition. */
  readonly members: readonly { readonly node: string; readonly portGuid: string }[];
  /** Ceiling of the namespace, in step with the GPUs that the course may use. */
  readonly quota: {
    readonly cpus: number;
    readonly memoryBytes: Bytes;
    readonly gpus: number;
    readonly pods: number;
  };
  /** Of each size. */
  readonly sizeQuotas: readonly SizeQuota[];
  /** What each student may hold at once. Absent: no limits. */
  readonly studentLimits?: StudentLimits;
  /** Share of the queue under pressure, in step with the GPUs that it deserves. */
  readonly deserved: { readonly cpus: number; readonly memoryBytes: Bytes; readonly gpus: number };
  /** The largest container that a size of the course allows. */
  readonly largest: { readonly cpus: number; readonly memoryBytes: Bytes };
  /** Whether the site excepts the course from a rule that Pod Security's `restricted` would hold it to. */
  readonly podSecurityExcepted: boolean;
}

/** Pods that a course may hold at once for each seat or student, beside one for each GPU. */
const PODS_PER_PERSON = 8;
/** The headcount that quotas go by is rounded up to so many, so that one who joins changes no object of the course. */
const HEADCOUNT_STEP = 10;

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
  machineFaults(request, gpuMachines, faults);
  const chosen = machinesOf(request, gpuMachines);
  const gpus = shareOf(request.gpus, chosen);
  const pkey = pkeyOf(name, request.pkey);
  const reservedPkeys = [
    ...room.sitePkeys,
    ...others.map((o) => ({ owner: `course-${o.name}`, pkey: pkeyOf(o.name, o.pkey) })),
  ];
  termFaults(request, room, faults);
  gpuFaults(name, request, gpuMachines, others, faults);
  faults.addAll(timetableFaults(request.timetable, gpus));
  pkeyFaults(request.pkey, pkey, reservedPkeys, faults);
  peopleFaults(request, faults);
  sizeFaults(request.sizes, gpus, chosen, room.gpuSlices ?? false, faults);
  allocationFaults(request, gpuMachines, others, faults);
  uniqueNames("sizes", request.sizes, faults);
  uniqueNames("datasets", request.datasets, faults);
  const datasets = datasetsOf(request, room, faults);
  request.images?.forEach((image, i) => {
    if (room.images.includes(image)) return;
    const fix = `one of: ${room.images.join(", ")}`;
    faults.add(`lectern:course.images[${i}]`, image, "not in the site's catalog", fix);
  });
  const namespace = `course-${name}`;
  if (namespace.length > 50) {
    faults.add(
      "(stack name)",
      name,
      "too long for the names made from it",
      "a stack name of at most 43 characters",
    );
  }
  const quota = courseQuota(request, gpus, chosen);
  const limits = studentLimits(request.allocation);
  return {
    plan: {
      name,
      namespace,
      queue: namespace,
      gpus,
      roomGpus: countGpus(gpuMachines),
      pkey,
      reservedPkeys,
      machines: chosen.map((m) => m.name),
      members: chosen.flatMap((m) => m.portGuids.map((portGuid) => ({ node: m.name, portGuid }))),
      datasets,
      images: request.images ?? room.images,
      quota,
      sizeQuotas: sizeQuotas(request.sizes, quota),
      ...(limits && { studentLimits: limits }),
      deserved: { ...portionOf(chosen, gpus.deserved), gpus: gpus.deserved },
      largest: {
        cpus: Math.max(...request.sizes.map((s) => s.cpus)),
        memoryBytes: Math.max(...request.sizes.map((s) => bytesOf(s.memory))),
      },
      podSecurityExcepted: room.podSecurityExceptions?.includes(name) ?? false,
    },
    faults: faults.faults,
  };
}

/** Sizes whose pods are bounded. Students with limits have classes of their own: a size that nobody bounds needs no list of them. */
export const boundSizes = ({
  sizeQuotas,
  studentLimits,
}: Pick<CoursePlan, "sizeQuotas" | "studentLimits">): readonly SizeQuota[] =>
  sizeQuotas.filter(({ by }) => studentLimits === undefined || by === "config");

/**
 * What the rules of policies/ go by in the course. The registry is that of its image.
 * @param outside What every course may reach outside the cluster: monitors of the storage and name servers, `host:port` or `host`.
 */
export function courseParameters(
  plan: CoursePlan,
  request: CourseRequest,
  image: string,
  outside: readonly string[],
): CourseParameters {
  const { allocation } = request;
  const groups = allocation?.mode === "group-share" ? allocation.groups : {};
  const sizes = request.sizes.map(({ name, cpus, memory, gpus, rdma }, i) => ({
    name,
    cpus,
    memoryBytes: bytesOf(memory),
    gpus,
    rdma,
    number: i + 1,
  }));
  return {
    registry: image.split("/")[0] ?? "",
    sizes,
    devices: [
      ...(sizes.some((s) => s.gpus > 0) ? [GPU_RESOURCE] : []),
      ...(sizes.some((s) => s.rdma) ? [RDMA_RESOURCE] : []),
    ],
    pkey: formatPkey(plan.pkey),
    priorityClasses: request.priorityClasses ?? [],
    egress: [...outside.map((host) => `${host.split(":")[0]}/32`), ...(request.egress ?? [])],
    maxRunSeconds: Math.floor((parseDuration(request.maxRun ?? "1d") ?? 0) / 1000),
    // Who is counted like everybody else is not told apart, so a roster may change without these parameters.
    ...(plan.studentLimits && {
      students: request.roster.map(({ id }) => ({ id })),
      studentClasses: studentClasses(plan.name),
      studentLimits: studentHard(plan.studentLimits),
    }),
    sizePods: Object.fromEntries(boundSizes(plan).map(({ number, pods }) => [String(number), pods])),
    ...(allocation?.mode === "group-share" && {
      students: request.roster.map(({ id, group }) => ({ id, group })),
      groups,
    }),
  };
}

function machineFaults(
  request: CourseRequest,
  gpuMachines: readonly RoomMachine[],
  faults: FaultCollector,
): void {
  const names = gpuMachines.map((m) => m.name);
  request.machines?.forEach((name, i) => {
    if (names.includes(name)) return;
    const fix = `one of: ${names.join(", ")}`;
    faults.add(`lectern:course.machines[${i}]`, name, "no GPU machine of that name in the room", fix);
  });
}

function termFaults(
  { firstDay, lastDay, semester }: CourseRequest,
  room: Room,
  faults: FaultCollector,
): void {
  if (firstDay !== undefined && lastDay !== undefined && lastDay < firstDay) {
    faults.add("lectern:course.lastDay", lastDay, `before the first day (${firstDay})`, "a later last day");
  }
  if (semester !== undefined && room.semester !== undefined && semester !== room.semester) {
    const problem = `the site is in its semester ${room.semester}`;
    faults.add("lectern:course.semester", semester, problem, `${room.semester}, or leave it out`);
  }
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

/** The data sets of a course, which the site must have where it keeps a list of its own. */
function datasetsOf(request: CourseRequest, room: Room, faults: FaultCollector): Dataset[] {
  const known = room.datasets;
  return request.datasets.flatMap(({ name, size }, i) => {
    const path = `lectern:course.datasets[${i}]`;
    const found = known?.find((dataset) => dataset.name === name);
    if (known !== undefined && found === undefined) {
      const fix = `one of: ${known.map((d) => d.name).join(", ")}; or add it to lectern:site.datasets`;
      faults.add(`${path}.name`, name, "the site has no such data set", fix);
    } else if (size === undefined && found === undefined) {
      faults.add(
        `${path}.size`,
        undefined,
        "the site keeps no list that tells its size",
        "a size such as 10Gi",
      );
    }
    const whole = size ?? found?.size;
    return whole === undefined ? [] : [{ name, size: whole }];
  });
}

/** Cores and memory of the course's machines in proportion to some of their GPUs. */
function portionOf(machines: readonly RoomMachine[], gpus: number): { cpus: number; memoryBytes: Bytes } {
  const share = Math.min(1, gpus / Math.max(1, countGpus(machines)));
  const cpus = machines.reduce((sum, m) => sum + m.cpus, 0);
  const memory = machines.reduce((sum, m) => sum + m.memoryBytes, 0);
  return { cpus: Math.floor(cpus * share), memoryBytes: Math.floor((memory * share) / 2 ** 30) * 2 ** 30 };
}

/** People of a course, and those who may still come, in steps. */
export function headcount({ roster, seats, teachers, assistants }: People): number {
  const people = roster.length + seats + teachers.length + assistants.length;
  return Math.ceil(people / HEADCOUNT_STEP) * HEADCOUNT_STEP;
}

/** In step with the GPUs that the course may use; never below its largest size. */
function courseQuota(
  request: CourseRequest,
  gpus: GpuShare,
  chosen: readonly RoomMachine[],
): CoursePlan["quota"] {
  const share = portionOf(chosen, gpus.capability);
  return {
    cpus: Math.max(share.cpus, ...request.sizes.map((s) => s.cpus)),
    memoryBytes: Math.max(share.memoryBytes, ...request.sizes.map((s) => bytesOf(s.memory))),
    gpus: gpus.capability,
    pods: gpus.capability + PODS_PER_PERSON * headcount(request),
  };
}
