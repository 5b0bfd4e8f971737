import { z } from "zod";
import { diskConfigSchema, diskIdentitySchema, foundDiskSchema, ownDiskSchema, SLOTS } from "../install";
import { hardwareReportSchema, MACHINE_ROLES } from "../inventory/inventory";

/** Where a machine stands between power-off and service (bare-metal/lifecycle/README.md). */
export const MACHINE_STATES = [
  "unknown",
  "discovered",
  "inspecting",
  "off",
  "booting",
  "wiping",
  "installing",
  "joining",
  "ready",
  "draining",
  "retired",
  "failed",
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** States of a boot that is under way. */
export const UNDER_WAY: readonly MachineState[] = ["booting", "wiping", "installing", "joining"];

/** MAC address as this service writes it: lower case, colons. */
export const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** Name of an image set. */
export const imageName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/, "not a name: a-z, 0-9, - and .");

/** SHA-256 of the root file system of each image set: the service's own, and others by name. */
export const imageRootsSchema = z.object({ own: z.string(), named: z.record(z.string(), z.string()) });
export type ImageRoots = z.infer<typeof imageRootsSchema>;

/** What the administrator registers about a machine. */
export const registrationSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "not a DNS label (RFC 1123)"),
  role: z.enum(MACHINE_ROLES),
  /** Address in the provisioning network. */
  address: z.ipv4("not an IPv4 address"),
  /** Image set that it boots. Default: the boot service's own. */
  image: imageName.optional(),
  /** The disk that it is installed to. Default: none, it runs in memory. */
  disks: z.array(diskConfigSchema).max(1).optional(),
});
export type Registration = z.infer<typeof registrationSchema>;

const time = z.iso.datetime();

/** Power commands as they are written down before they are sent. */
export const POWER_ORDERS = ["on", "off", "soft"] as const;

/** Why a machine stands still, and the way out. */
export const failureSchema = z.strictObject({
  /** Where it stood. */
  during: z.enum(MACHINE_STATES),
  problem: z.string().min(1).max(4000),
  fix: z.string().max(2000),
  /** Only a person ends it, by a reset: nothing is done to the machine before. */
  latched: z.boolean().optional(),
});
export type MachineFailure = z.infer<typeof failureSchema>;

/** What the lifecycle writes down before it acts (journal.ts). */
export const journalEntrySchema = z.strictObject({
  /** Default: as it is. */
  state: z.enum(MACHINE_STATES).optional(),
  /** The power command that is about to be sent. */
  power: z.enum(POWER_ORDERS).optional(),
  /** With state `failed`. */
  failure: failureSchema.optional(),
  /** Root file system, by SHA-256, that did not come up here, and why: it is not tried again. */
  rejected: z.strictObject({ root: z.string(), problem: z.string().max(4000) }).optional(),
  /** A disk was replaced on purpose: forgets who its disks were and which of them the site partitioned. */
  forgetDisks: z.literal(true).optional(),
  /** A person has looked: forgets the failure, the rejected image, and the power commands before. */
  reset: z.literal(true).optional(),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** What the administrator sees of a machine. Holds no secret. */
export const machineRecordSchema = z.object({
  mac: z.string().regex(MAC),
  ...registrationSchema.shape,
  state: z.enum(MACHINE_STATES),
  /** What the machine found in itself; from the `ready` report of this boot. */
  hardware: hardwareReportSchema.optional(),
  /** Why this boot failed, in the machine's words. */
  error: z.string().optional(),
  /** When this boot was announced. */
  expectedAt: time.optional(),
  /** SHA-256 of the root file system that this boot was given. */
  root: z.string().optional(),
  /** When the machine claimed this boot: it then has a token that was never sent in clear. */
  claimedAt: time.optional(),
  /** When the firmware first fetched the script of this boot. */
  bootedAt: time.optional(),
  /** When the machine last reported `ready`. */
  readyAt: time.optional(),
  /** Machines that nobody registered and that reported themselves since this boot was announced, while it has not begun. */
  strangers: z.array(z.string().regex(MAC)).optional(),
  /** How far the machine's clock was ahead of this service's, in seconds, before its system set it in this boot. */
  clockWas: z.number().optional(),
  /** How far the machine's clock was ahead of this service's at its report, in seconds. */
  clockAhead: z.number().optional(),
  /** Why it failed, as the lifecycle found. */
  failure: failureSchema.extend({ at: time }).optional(),
  /** See {@link journalEntrySchema}. */
  rejected: z.object({ at: time, root: z.string(), problem: z.string() }).optional(),
  /** Its disks, as its installer found them last, under each of their stable names. */
  inspected: z.array(foundDiskSchema).optional(),
  /** Who the disk of each name was when it was first seen. */
  recorded: z.array(diskIdentitySchema).optional(),
  /** Disks that this site partitioned: written down before the first byte is written. */
  own: z.array(ownDiskSchema).optional(),
  /** What was installed last. */
  installed: z.object({ at: time, byId: z.string(), slot: z.enum(SLOTS), root: z.string() }).optional(),
  /** Power commands, each written down before it was sent, oldest first; the last 50 since the last reset. */
  orders: z.array(z.object({ at: time, power: z.enum(POWER_ORDERS) })).optional(),
  /** Changes of state, oldest first; the last 50. */
  history: z.array(z.object({ at: time, state: z.enum(MACHINE_STATES) })),
});
export type MachineRecord = z.infer<typeof machineRecordSchema>;

/**
 * What a machine says while it boots. `booting`: what it installed is about to start. `joining`: its system is up, and
 * its kubelet is not yet. `hardware` belongs to `ready`, `error` to `failed`.
 */
export const reportSchema = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.enum(["booting", "joining"]),
    /** What its installer found. */
    disks: z.array(foundDiskSchema).max(512).optional(),
    /** The image is on the disk, which starts next. */
    installed: z
      .strictObject({ byId: z.string().max(255), slot: z.enum(SLOTS), root: z.string() })
      .optional(),
  }),
  z.strictObject({
    state: z.enum(["wiping", "installing"]),
    /** The disk that is about to be written, and the GUID of its table. */
    disk: ownDiskSchema.optional(),
  }),
  z.strictObject({
    state: z.literal("ready"),
    hardware: hardwareReportSchema,
    /** SHA-256 of the root file system that it runs. Default: what this boot was given. */
    root: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest")
      .optional(),
    /** What its clock shows. */
    clock: time.optional(),
    /** How far it was ahead, in seconds, before it was set in this boot. Default: not at all. */
    clockWas: z.number().optional(),
  }),
  z.strictObject({ state: z.literal("failed"), error: z.string().min(1).max(2000) }),
]);
export type Report = z.infer<typeof reportSchema>;

/** What a machine that nobody registered says about itself. */
export const discoverySchema = z.object({
  mac: z.string().regex(MAC),
  /** Where its report came from. */
  address: z.string(),
  at: time,
  hardware: hardwareReportSchema,
});
export type Discovery = z.infer<typeof discoverySchema>;

/** A configuration as a node applies it: files are written, then units started anew. May hold secrets. */
export const nodeConfigSchema = z.strictObject({
  files: z
    .array(
      z.strictObject({
        path: z.string().regex(/^(\/[A-Za-z0-9._-]+)+$/, "not an absolute path of plain names"),
        /** Octal, such as `0600`. */
        mode: z.string().regex(/^0[0-7]{3}$/, "not an octal mode such as 0600"),
        content: z.string(),
      }),
    )
    .max(64),
  /** systemd units that are started, or started anew. */
  units: z.array(z.string().regex(/^[A-Za-z0-9@._-]+$/, "not the name of a unit")).max(16),
});
export type NodeConfig = z.infer<typeof nodeConfigSchema>;
