import { z } from "zod";
import { hardwareReportSchema, MACHINE_ROLES } from "../inventory/inventory";

/** Where a machine stands between power-off and service (docs/architecture.md, Boot service). */
export const MACHINE_STATES = [
  "unknown",
  "off",
  "inspecting",
  "booting",
  "installing",
  "ready",
  "draining",
  "retired",
  "failed",
] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** MAC address as this service writes it: lower case, colons. */
export const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** What the administrator registers about a machine. */
export const registrationSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "not a DNS label (RFC 1123)"),
  role: z.enum(MACHINE_ROLES),
  /** Address in the provisioning network. */
  address: z.ipv4("not an IPv4 address"),
});
export type Registration = z.infer<typeof registrationSchema>;

const time = z.iso.datetime();

/** What the administrator sees of a machine. Holds no secret. */
export const machineRecordSchema = z.object({
  mac: z.string().regex(MAC),
  ...registrationSchema.shape,
  state: z.enum(MACHINE_STATES),
  /** What the machine found in itself; from the `ready` report of this boot. */
  hardware: hardwareReportSchema.optional(),
  /** Why this boot failed, in the machine's words. */
  error: z.string().optional(),
  /** When the firmware first fetched the script of this boot. */
  bootedAt: time.optional(),
  /** When the machine last reported `ready`. */
  readyAt: time.optional(),
  /** Changes of state, oldest first; the last 50. */
  history: z.array(z.object({ at: time, state: z.enum(MACHINE_STATES) })),
});
export type MachineRecord = z.infer<typeof machineRecordSchema>;

/** What a machine says while it boots: `hardware` belongs to `ready`, `error` to `failed`. */
export const reportSchema = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("installing") }),
  z.strictObject({ state: z.literal("ready"), hardware: hardwareReportSchema }),
  z.strictObject({ state: z.literal("failed"), error: z.string().min(1).max(2000) }),
]);
export type Report = z.infer<typeof reportSchema>;
