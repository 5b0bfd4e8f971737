import { z } from "zod";
import { parseDuration, parseSize } from "../base/units";
import { policySettingsSchema } from "../policies/settings";

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "not a DNS label (RFC 1123): a-z, 0-9 and -, at most 63");
/** Short enough that every name made from it stays a DNS label. */
const person = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/, "not a short name: a-z, 0-9 and -, at most 32");
const size = z.string().refine((text) => parseSize(text) !== undefined, "not a size such as 80Gi");
const duration = z.string().refine((text) => parseDuration(text) !== undefined, "not a duration such as 5m");
const path = z.string().min(1);

/** The key `lectern:site` of a site stack. */
export const siteConfigSchema = z.strictObject({
  /** The inventory file (bare-metal/inventory). */
  inventory: path,
  /** File, mode 0600, with BMC passwords and the boot service's token. Default: the secret key `lectern:credentials`. */
  credentials: path.optional(),
  /** Names the semester root queue. */
  semester: dnsLabel,
  machines: z
    .strictObject({
      /** From power-on to the report that the machine is ready. Default 30m. */
      readyTimeout: duration.default("30m"),
    })
    .prefault({}),
  kubernetes: z.strictObject({
    mode: z.literal("embedded"),
    /** Where the control plane keeps its keys, data and logs. */
    stateDir: path,
  }),
  fabric: z.strictObject({
    partitionsFile: path,
    openSmPidFile: path,
    diagnostics: z
      .strictObject({
        /** What stands before a diagnostics program, such as `[ssh, root@ctl-1]`. Default: nothing. */
        command: z.array(z.string().min(1)).default([]),
        env: z.record(z.string(), z.string()).default({}),
      })
      .prefault({}),
  }),
  storage: z.strictObject({
    mode: z.literal("external"),
    conf: path,
    keyring: path,
    filesystem: dnsLabel.default("cephfs"),
  }),
  queues: z.strictObject({
    /** Folder of Volcano's Helm chart. */
    chart: path,
  }),
  /** Images that the room builds and offers to courses; contexts are folders of this project. */
  images: z.array(z.strictObject({ name: dnsLabel, context: path })).min(1),
  /** How strict the rules are, and for whom not: docs/policies.md. Default: as they say, for everybody. */
  policies: policySettingsSchema.prefault({}),
});
export type SiteConfig = z.infer<typeof siteConfigSchema>;

const gpuShare = z.strictObject({
  /** GPUs that are kept for the course, also while it does not use them. */
  guarantee: z.int().min(0),
  /** GPUs that it gets when everybody wants some. */
  deserved: z.int().min(0),
  /** The most that it may ever use. */
  capability: z.int().min(0),
});

const instanceSize = z.strictObject({
  name: dnsLabel,
  cpus: z.int().min(1),
  memory: size,
  /** Whole GPUs. Default 0. */
  gpus: z.int().min(0).default(0),
  /** Whether pods of this size get an RDMA device. Default false. */
  rdma: z.boolean().default(false),
});

/** The key `lectern:course` of a course stack. */
export const courseConfigSchema = z.strictObject({
  /** Name of the site stack. */
  site: dnsLabel,
  title: z.string().min(1).max(120),
  teachers: z.array(person).min(1),
  assistants: z.array(person).default([]),
  students: z.array(person).default([]),
  /** Invitation codes to make, one a seat. Default: none. */
  seats: z.int().min(0).max(500).default(0),
  gpus: gpuShare,
  /** InfiniBand partition of the course, without the membership bit (InfiniBand Architecture Specification, 10.9). */
  pkey: z.string().regex(/^0x[0-9a-f]{4}$/, 'not a P_Key such as "0x0011"'),
  /** GPU machines whose HCAs join the partition. Default: all of the room. */
  machines: z.array(dnsLabel).optional(),
  datasets: z.array(z.strictObject({ name: dnsLabel, size })).default([]),
  /** Quota of each home. Default 10Gi. */
  homeSize: size.default("10Gi"),
  sizes: z.array(instanceSize).min(1),
  /** Name of an image of the site's catalog. */
  image: dnsLabel,
  /** First and last day of the course, such as 2026-10-01. Default: none. */
  firstDay: z.iso.date().optional(),
  lastDay: z.iso.date().optional(),
  /** Networks outside the cluster that the course may reach, CIDRs. Default: none. */
  egress: z.array(z.cidrv4()).default([]),
  /** Priority classes that the course's pods may have. Default: none. */
  priorityClasses: z.array(dnsLabel).default([]),
  /** The longest that a job may run. Default 1d. */
  maxRun: duration.default("1d"),
});
export type CourseConfig = z.infer<typeof courseConfigSchema>;
export type InstanceSize = CourseConfig["sizes"][number];
