import { z } from "zod";
import { imageName } from "../../boot/record";
import {
  type HardwareReport,
  hardwareReportSchema,
  inventorySchema,
  ipmiBmcSchema,
  keyPin,
  redfishBmcSchema,
} from "../../inventory/inventory";

const machine = inventorySchema.shape.machines.element.shape;

/** As the inventory has it, with the password. */
const bmc = z.discriminatedUnion("protocol", [
  ipmiBmcSchema.extend({
    /** At most 20 bytes (IPMI 2.0, 22.30). Secret. */
    password: z
      .string()
      .min(1)
      .refine((p) => Buffer.byteLength(p) <= 20, "longer than the 20 bytes that IPMI 2.0 allows"),
  }),
  redfishBmcSchema.extend({
    /** Secret. */
    password: z.string().min(1).max(256),
  }),
]);

/** What an operator writes about one server; the forms are those of the inventory. */
export const machineInputsSchema = z.strictObject({
  /** Host name. A change replaces the resource: it is another server then. */
  name: machine.name,
  role: machine.role,
  /** MAC of the interface that boots over the network. */
  mac: machine.mac,
  /** Address of the machine in the provisioning network. */
  address: machine.address,
  bmc,
  /** The boot service that serves this machine. */
  boot: z.strictObject({
    /** Base URL, such as `http://10.1.0.2:8080`. */
    url: z.url({ protocol: /^https?$/, error: "not an http or https URL" }),
    /** Admin token. Secret. */
    token: z.string().min(1),
    /** Pin of its key, for `https`: `sha256//` and a Base64 digest. Default: an authority must vouch for it. */
    pin: keyPin.optional(),
  }),
  /** What the machine must report when it boots; more or less of anything is a fault. */
  expected: hardwareReportSchema,
  /**
   * What it boots. A machine that runs another root file system is drained, shut down and booted anew, and goes back to
   * the one before if the new one does not come up. Default: the boot service's own image, and what runs stays.
   */
  image: z
    .strictObject({
      /** Image set of the boot service. Default: its own. */
      name: imageName.optional(),
      /** SHA-256 of its root file system. */
      root: z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 digest of 64 hexadecimal digits"),
    })
    .optional(),
  /** As the inventory has them. Default: none, so that it runs in memory. */
  disks: machine.disks,
  /** The cluster that it is a node of. Default: none, so that nothing is drained. */
  cluster: z
    .strictObject({
      /** The administrator's kubeconfig. While there is no such file, there is no cluster. */
      kubeconfigFile: z.string().min(1),
      /** How long its node may take to be Ready after the machine reported, in seconds, 1 to 7200. Default: it is not awaited. */
      joinTimeoutSeconds: z.int().min(1).max(7200).optional(),
      /** How long its pods may take to leave, as their budgets allow, in seconds, 1 to 86400. Default: 600. */
      drainTimeoutSeconds: z.int().min(1).max(86_400).default(600),
    })
    .optional(),
  /** How many machines of its group may be under way at once. A change of it is no change of the machine. Default: all. */
  wave: z
    .strictObject({
      /** Such as the role. */
      group: z.string().min(1).max(63),
      /** Machines in service that may be taken out of it at once. */
      changesAtOnce: z.int().min(1),
      /** Machines that may boot at once which were not in service. */
      bootsAtOnce: z.int().min(1),
      /** After so many failures of the group, nothing more of it is begun. */
      stopAfter: z.int().min(1),
    })
    .optional(),
  /** Default: `on`. */
  power: z.enum(["on", "off"]).default("on"),
  /** How long a boot may take, in seconds, 1 to 7200. Default: 900. */
  readyTimeoutSeconds: z.int().min(1).max(7200).default(900),
  /** How long its operating system may take to shut down before it is switched off, in seconds, 0 (at once) to 3600. Default: 90. */
  shutdownGraceSeconds: z.int().min(0).max(3600).default(90),
});

/** As an operator may write it: defaults left out. */
export type MachineArguments = z.input<typeof machineInputsSchema>;
/** After check: defaults filled in. */
export type MachineInputs = z.output<typeof machineInputsSchema>;

export interface MachineOutputs extends MachineInputs {
  /** What the machine reported at its last boot; empty (`null`) while it never booted. */
  readonly hardware: HardwareReport | null;
  /** Its state in the boot service, such as `ready` or `off`. */
  readonly state: string;
  /** System GUID that the BMC answers, 32 hexadecimal digits. */
  readonly systemGuid: string;
  /** Firmware revision of the BMC, such as `9.08`. */
  readonly firmware: string;
  /** What it booted last and came up with; empty (`null`) while it never did, or where the boot service does not tell. */
  readonly runs: {
    readonly name?: string | undefined;
    readonly root: string;
    /** Name under /dev/disk/by-id of the disk that it runs from. Default: it runs in memory. */
    readonly disk?: string | undefined;
  } | null;
  /** When the boot that it runs in was announced, ISO 8601; empty (`null`) while it never booted. */
  readonly bootBegan: string | null;
  /** Power commands sent over the life of this resource. A resumed create counts its own one once. */
  readonly powerActions: number;
}
