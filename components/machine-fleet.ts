import * as pulumi from "@pulumi/pulumi";
import type { HardwareReport, InventoryMachine } from "../bare-metal/inventory/inventory";
import { Machine } from "../bare-metal/provider/sdk";
import type { Milliseconds } from "../base/units";
import { expectedHardware } from "./plan/site-plan";

export interface MachineFleetArgs {
  readonly machines: readonly InventoryMachine[];
  /** Password of each machine's BMC, by machine name. */
  readonly passwords: Readonly<Record<string, pulumi.Input<string>>>;
  /** The boot service and its admin token. */
  readonly boot: { readonly url: pulumi.Input<string>; readonly token: pulumi.Input<string> };
  /** From power-on to ready. */
  readonly readyTimeout: Milliseconds;
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
    this.members = args.machines.map((machine) => {
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
          readyTimeoutSeconds: Math.ceil(args.readyTimeout / 1000),
        },
        // A machine's deadline is its own; the engine must not cut it short.
        { parent: this, customTimeouts: { create: "2h", update: "2h", delete: "30m" } },
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
