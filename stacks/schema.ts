import { z } from "zod";
import { policySettingsSchema } from "../policies/settings";
import { dnsLabel, duration, path } from "./forms";

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
    /** Machines that become nodes by their own kubelets; kwok plays every other node. Default: none. */
    workers: z.array(dnsLabel).default([]),
    /** Image of the container that holds a pod's namespaces, on these nodes. */
    sandboxImage: z.string().min(1).default("registry.k8s.io/pause:3.9"),
    /** Registries, `host:port`, that these nodes reach over plain HTTP. Default: none. */
    plainRegistries: z.array(z.string().regex(/^[^\s/:]+:\d{1,5}$/, "not host:port")).default([]),
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
  /**
   * Whether a recorder keeps the ledger of GPUs (docs/ledger.md). Pods with GPUs then go only once it has written their
   * row, so it must run: `lectern ledger serve`. Default: false.
   */
  ledger: z.boolean().default(false),
  /** How strict the rules are, and for whom not: docs/policies.md. Default: as they say, for everybody. */
  policies: policySettingsSchema.prefault({}),
});
export type SiteConfig = z.infer<typeof siteConfigSchema>;

export { type CourseConfig, courseConfigSchema } from "./course-schema";
