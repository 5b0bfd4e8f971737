import * as pulumi from "@pulumi/pulumi";
import type { HardwareReport, InventoryMachine, MachineRole } from "../bare-metal/inventory/inventory";
import type { WaveLimits } from "../bare-metal/lifecycle/wave";
import { Machine } from "../bare-metal/provider/sdk";
import type { Milliseconds } from "../base/units";
import { expectedHardware } from "./plan/site-plan";
import { planWaves, type WaveSettings } from "./plan/waves";

/** The boot service of the room. */
export interface BootServiceArgs {
  readonly url: pulumi.Input<string>;
  /** The administrator's. A secret. */
  readonly token: pulumi.Input<string>;
  /** Pin of its key, where it is reached over TLS. */
  readonly pin?: pulumi.Input<string>;
}

export interface MachineFleetArgs {
  readonly machines: readonly InventoryMachine[];
  /** Password of each machine's BMC, by machine name. */
  readonly passwords: Readonly<Record<string, pulumi.Input<string>>>;
  /** The boot service and its admin token. */
  readonly boot: BootServiceArgs;
  /** From power-on to ready. */
  readonly readyTimeout: Milliseconds;
  /** What they boot, by role. Default: the boot service's own image, and what runs stays. */
  readonly images?: Partial<
    Record<MachineRole, { readonly name?: string | undefined; readonly root: string }>
  >;
  /** How many may be under way at once: numbers, or shares of a role such as `25%`. */
  readonly waves: WaveSettings;
  /** The cluster whose nodes they are: their pods are asked to leave before a machine is stopped. */
  readonly cluster: {
    readonly kubeconfigFile: string;
    readonly drainTimeout: Milliseconds;
    /** From a new boot's report until the machine's node is Ready again, where it joined before. */
    readonly joinTimeout: Milliseconds;
  };
}

/** A machine that is up, with what it reported. */
export interface FleetMember {
  readonly machine: InventoryMachine;
  readonly resource: Machine;
  readonly hardware: pulumi.Output<HardwareReport>;
}

/** The servers of the room, each powered on and ready with the hardware that the inventory promises. */
export class MachineFleet extends pulumi.ComponentResource {
  /** In the order of the inventory. */
  readonly members: readonly FleetMember[];

  constructor(name: string, args: MachineFleetArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:MachineFleet", name, {}, options);
    const waves = planWaves(args.machines, args.waves);
    this.members = args.machines.map((machine) => {
      const image = args.images?.[machine.role];
      const resource = new Machine(
        machine.name,
        {
          name: machine.name,
          role: machine.role,
          mac: machine.mac,
          address: machine.address,
          bmc: { ...machine.bmc, password: args.passwords[machine.name] ?? "" },
          boot: args.boot,
          expected: expectedHardware(machine),
          disks: machine.disks.map(({ byId, erase }) => ({ byId, ...(erase !== undefined && { erase }) })),
          readyTimeoutSeconds: Math.ceil(args.readyTimeout / 1000),
          ...(image && {
            image: { root: image.root, ...(image.name !== undefined && { name: image.name }) },
          }),
          cluster: {
            kubeconfigFile: args.cluster.kubeconfigFile,
            joinTimeoutSeconds: Math.ceil(args.cluster.joinTimeout / 1000),
            drainTimeoutSeconds: Math.ceil(args.cluster.drainTimeout / 1000),
          },
          wave: waves[machine.role] as WaveLimits,
        },
        // A machine's deadlines are its own, and it may wait long for its turn; the engine must not cut it short.
        { parent: this, customTimeouts: { create: "24h", update: "24h", delete: "24h" } },
      );
      const hardware = resource.hardware.apply((report) => {
        if (report === null) throw new Error(`${machine.name} is ready but reported no hardware`);
        return report;
      });
      return { machine, resource, hardware };
    });
    this.registerOutputs({
      machines: Object.fromEntries(this.members.map((m) => [m.machine.name, m.resource.state])),
    });
  }
}
