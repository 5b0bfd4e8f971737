import { z } from "zod";
import {
  type HardwareReport,
  hardwareReportSchema,
  inventorySchema,
  ipmiBmcSchema,
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
  }),
  /** What the machine must report when it boots; more or less of anything is a fault. */
  expected: hardwareReportSchema,
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
  /** Power commands sent over the life of this resource. A resumed create counts its own one once. */
  readonly powerActions: number;
}
