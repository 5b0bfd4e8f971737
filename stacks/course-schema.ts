import { z } from "zod";
import { isTimeZone, WEEKDAYS } from "../components/plan/timetable";
import { MOST_SIZES } from "../policies/size-classes";
import { dnsLabel, duration, fullName, mailAddress, path, person, size } from "./forms";

const gpuShare = z.strictObject({
  guarantee: z
    .int()
    .min(0)
    .default(0)
    .describe("GPUs that are kept for the course, also while it does not use them. Default 0."),
  deserved: z
    .int()
    .min(0)
    .optional()
    .describe("GPUs that it gets when everybody wants some. Default: its capability."),
  capability: z
    .int()
    .min(0)
    .optional()
    .describe("The most that it may ever use. Default: all GPUs of its machines."),
  model: z
    .string()
    .optional()
    .describe("Model that its GPUs must be, as nvidia.com/gpu.product names it. Default: any."),
  minMemory: size
    .optional()
    .describe("The least memory that each of its GPUs must have, such as 40Gi. Default: any."),
});

const instanceSize = z.strictObject({
  name: dnsLabel,
  cpus: z.int().min(1).describe("Cores."),
  memory: size.describe("Main memory, such as 16Gi."),
  gpus: z.int().min(0).default(0).describe("Whole GPUs, or slices where gpuMemory is given. Default 0."),
  gpuMemory: size
    .optional()
    .describe("A slice of each GPU, by its memory, such as 10Gi. Default: whole GPUs."),
  rdma: z.boolean().default(false).describe("Whether pods of this size get an RDMA device. Default false."),
  quota: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Pods of this size that the course may have at once. Default: as many as its GPUs make, or, without GPUs, as all of its pods.",
    ),
  approval: z
    .boolean()
    .optional()
    .describe(
      "Whether students ask for this size, and get it when a teacher approves. Default: it is for everybody.",
    ),
});

/** What a course offers that names no sizes. */
const DEFAULT_SIZES = [
  { name: "notebook", cpus: 2, memory: "8Gi", gpus: 0, rdma: false },
  { name: "gpu", cpus: 4, memory: "16Gi", gpus: 1, rdma: false },
];

const student = z.strictObject({
  id: person.describe("Short name: what the student's work and home are called after."),
  name: fullName.optional(),
  mail: mailAddress.optional(),
  group: dnsLabel.optional().describe("Group, for the allocation mode group-share."),
  seat: z.int().min(1).optional().describe("The seat that the student took with an invitation code."),
});

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'not a time of day such as "09:30"; quote it');

const timetable = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, "not a time zone such as Europe/Berlin (IANA)")
      .default("UTC")
      .describe("Time zone of the classes (IANA). Default UTC."),
    warmUp: duration
      .default("15m")
      .describe("How long before a class its GPUs are kept and its images are pulled. Default 15m."),
    classes: z
      .array(
        z.strictObject({
          days: z.array(z.enum(WEEKDAYS)).min(1).describe("Days of the week."),
          from: clock.describe('Begin, such as "10:00".'),
          to: clock.describe('End, such as "11:30".'),
          guarantee: z.int().min(0).describe("GPUs that are kept for the course during the class."),
        }),
      )
      .default([]),
  })
  .prefault({});

const allocation = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: z.literal("per-user"),
      gpus: z.int().min(0).optional().describe("GPUs that one student may hold at once. Default: no limit."),
      cpus: z.int().min(1).optional().describe("Cores that one student may hold. Default: no limit."),
      memory: size.optional().describe("Memory that one student may hold. Default: no limit."),
      pods: z.int().min(1).optional().describe("Pods that one student may have. Default: no limit."),
    }),
    z.strictObject({
      mode: z.literal("group-share"),
      groups: z
        .record(dnsLabel, z.array(dnsLabel).min(1))
        .describe(
          "The machines of each group of the roster. A machine belongs to one group, and is `reserved` in the inventory.",
        ),
    }),
  ])
  .prefault({ mode: "per-user" });

/** The key `lectern:course` of a course stack. Five lines are enough: site, title, teachers, roster. */
export const courseConfigSchema = z.strictObject({
  site: dnsLabel.describe("Name of the site stack."),
  title: z.string().min(1).max(120),
  semester: dnsLabel.optional().describe("Semester that the course belongs to. Default: the site's."),
  firstDay: z.iso.date().optional().describe("First day, such as 2026-10-01. Default: none."),
  lastDay: z.iso.date().optional().describe("Last day, included. Default: none."),
  timetable: timetable.describe("Classes of the week: the course's guarantee rises before and falls after."),
  teachers: z.array(person).min(1),
  assistants: z.array(person).default([]),
  roster: z
    .union([path, z.array(z.union([person, student]))])
    .default([])
    .describe(
      "Students: a CSV file (columns id, name, mail, group, seat; path from the project's folder), or a list of ids or of objects with these keys.",
    ),
  seats: z
    .int()
    .min(0)
    .max(500)
    .default(0)
    .describe("Seats beside the roster, each with an invitation code until somebody takes it. Default 0."),
  allocation: allocation.describe("How students share: by limits for each, or machines for each group."),
  gpus: gpuShare.prefault({}).describe("The course's share of the room."),
  gpuHours: z.number().positive().optional().describe("Budget of GPU-hours. Default: none."),
  sizes: z
    .array(instanceSize)
    .min(1)
    .max(MOST_SIZES)
    .default(DEFAULT_SIZES)
    .describe(`Instance sizes that it offers, at most ${MOST_SIZES}. New ones go to the end.`),
  machines: z
    .array(dnsLabel)
    .min(1)
    .optional()
    .describe("GPU machines of the course: their HCAs join its partition. Default: all of the room."),
  datasets: z
    .array(
      z.strictObject({
        name: dnsLabel.describe("One of the site's, where it keeps a list (lectern:site.datasets)."),
        size: size.optional().describe("Default: that of the site's data set."),
      }),
    )
    .default([])
    .describe("Read-only for students."),
  homeSize: size.default("10Gi").describe("Quota of each home. Default 10Gi."),
  images: z
    .array(dnsLabel)
    .min(1)
    .optional()
    .describe("Names of images of the site's catalog. Default: all of them."),
  egress: z
    .array(z.cidrv4())
    .default([])
    .describe("Networks outside the cluster that the course may reach, CIDRs. Default: none."),
  pkey: z
    .string()
    .regex(/^0x[0-9a-f]{4}$/, 'not a P_Key such as "0x0011"; quote it')
    .optional()
    .describe(
      "InfiniBand partition, without the membership bit (InfiniBand Architecture Specification, 10.9). Default: made from the course's name.",
    ),
  priorityClasses: z
    .array(dnsLabel)
    .default([])
    .describe(
      "Priority classes of the site that pods of the course's teachers may have; no size's quota counts them. Default: none.",
    ),
  maxRun: duration.default("1d").describe("The longest that a job may run. Default 1d."),
});
export type CourseConfig = z.infer<typeof courseConfigSchema>;
