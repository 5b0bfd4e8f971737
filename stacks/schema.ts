import { z } from "zod";
import { parseDuration } from "../base/units";
import { imageName } from "../bare-metal/boot/record";
import { MACHINE_ROLES } from "../bare-metal/inventory/inventory";
import { machinesAtOnce } from "../bare-metal/lifecycle/wave";
import { policySettingsSchema } from "../policies/settings-schema";
import { dnsLabel, duration, path, size } from "./forms";

const atOnce = z
  .union([z.int().min(1), z.string()])
  .refine(
    (limit) => machinesAtOnce(limit, 1) !== undefined,
    "not a number of machines, nor a share such as 25%",
  );
const stopAfter = z.int().min(1);
const HOUR = 3_600_000;
const certificateLifetime = duration.refine((text) => {
  const lifetime = parseDuration(text);
  // What is no duration is one fault, and told already.
  return lifetime === undefined || (lifetime >= HOUR && lifetime <= 3650 * 24 * HOUR);
}, "not between 1h and 3650d");

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
      /** How long pods may take to leave a machine that is to be stopped, as their budgets allow. Default 10m. */
      drainTimeout: duration.default("10m"),
      /**
       * What machines of a role boot: an image set of the boot service (default: its own) and the SHA-256 of its root.
       * A change drains them, in waves, and boots them anew. Default: the boot service's own, and what runs stays.
       */
      images: z
        .partialRecord(
          z.enum(MACHINE_ROLES),
          z.strictObject({
            name: imageName.optional(),
            root: z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest of 64 hexadecimal digits"),
          }),
        )
        .default({}),
      /** How many machines of a role may be under way at once, and for single roles otherwise. */
      waves: z
        .strictObject({
          /** Machines in service that may be taken out of it at once. Default 25%, at least one. */
          changesAtOnce: atOnce.default("25%"),
          /** Machines that may boot at once which were not in service. Default 100%. */
          bootsAtOnce: atOnce.default("100%"),
          /** After so many failures of a role, no other of it is begun. Default 3. */
          stopAfter: stopAfter.default(3),
          roles: z
            .partialRecord(
              z.enum(MACHINE_ROLES),
              z.strictObject({ changesAtOnce: atOnce, bootsAtOnce: atOnce, stopAfter }).partial(),
            )
            .default({}),
        })
        .prefault({}),
    })
    .prefault({}),
  /**
   * The machine that keeps the boot service, set up over SSH; `services.boot` of the inventory is its address in the
   * provisioning network. Default: the boot service is there already.
   */
  gateway: z
    .strictObject({
      /** Where SSH reaches it, as root; how it lets us in stands in the credentials. */
      host: z.string().min(1),
      port: z.int().min(1).max(65_535).default(22),
      user: z.string().min(1).default("root"),
      /** Its SSH host key, as in known_hosts: type and key. */
      hostKey: z.string().regex(/^\S+ \S+/, "not a type and a key, as in known_hosts"),
      /** Port of the boot service over TLS. Default 8443. */
      tlsPort: z.int().min(1).max(65_535).default(8443),
      /** Node.js there. Default `/usr/bin/node`. */
      node: path.default("/usr/bin/node"),
      /** Our DHCP and TFTP there. Default: none. */
      dhcp: z
        .strictObject({
          /** Interface of the provisioning network, such as `eno2`. */
          interface: z.string().regex(/^[^\s/]{1,15}$/, "not the name of an interface"),
          /** `server`, or `proxy` beside a DHCP server that is there. Default `server`. */
          mode: z.enum(["server", "proxy"]).default("server"),
          /** Addresses for machines that nobody registered, first and last. Default: none. */
          discovery: z.tuple([z.ipv4(), z.ipv4()]).optional(),
          /** Default gateway that machines are told. Default: none. */
          gateway: z.ipv4().optional(),
        })
        .optional(),
      /** Folders of signed node images (`lectern image build node`): one without a name, which all machines boot, and others. */
      images: z.array(z.strictObject({ name: imageName.optional(), folder: path })).min(1),
      /** The site's public key, which signed them (PEM). */
      imageKey: path,
    })
    .optional(),
  kubernetes: z.strictObject({
    mode: z.literal("embedded"),
    /** Where the control plane keeps its keys, data and logs. */
    stateDir: path,
    /**
     * How long the certificates of nodes last, one hour to ten years; kubelets renew them when 70 to 90 per cent of that
     * are over. Default: a year.
     */
    certificateLifetime: certificateLifetime.optional(),
    /** Machines that become nodes by their own kubelets; kwok plays every other node. Default: none. */
    workers: z.array(dnsLabel).default([]),
    /** How long a node may take to be Ready once its machine reported; after an image change, it goes back then. Default 10m. */
    joinTimeout: duration.default("10m"),
    /** Image of the container that holds a pod's namespaces, on these nodes. */
    sandboxImage: z.string().min(1).default("registry.k8s.io/pause:3.9"),
    /** Registries, `host:port`, that these nodes reach over plain HTTP. Default: none. */
    plainRegistries: z.array(z.string().regex(/^[^\s/:]+:\d{1,5}$/, "not host:port")).default([]),
    /** Name servers of these nodes, and for what their pods ask beside the cluster's names. Three at most (resolv.conf(5)). Default: none. */
    nameServers: z.array(z.ipv4("not an IPv4 address")).max(3, "more than three name servers").default([]),
    /** Time servers of these nodes, by name or address. Default: Debian's. */
    timeServers: z.array(z.string().regex(/^[\w.-]+$/, "not a name or address")).default([]),
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
  /** Data sets that the site keeps; a course can have these and no others. Default: any that a course names. */
  datasets: z.array(z.strictObject({ name: dnsLabel, size })).optional(),
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
