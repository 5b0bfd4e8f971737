import * as pulumi from "@pulumi/pulumi";
import { FabricPartitions } from "../bare-metal/provider/sdk";
import type { PartitionPlan } from "./plan/site-plan";

/** How OpenSM is reached from where `pulumi` runs. */
export interface FabricManagerArgs {
  /** Absolute path of OpenSM's partitions file. */
  readonly partitionsFile: string;
  /** Absolute path of its pid file. */
  readonly pidFile: string;
  readonly diagnostics: { readonly command: string[]; readonly env: Record<string, string> };
}

export interface InfinibandFabricArgs {
  readonly manager: pulumi.Input<FabricManagerArgs>;
  /** The partitions of the site itself. */
  readonly partitions: readonly PartitionPlan[];
}

/** The InfiniBand fabric: the site's own partitions, and what courses need to add theirs. */
export class InfinibandFabric extends pulumi.ComponentResource {
  readonly manager: pulumi.Output<FabricManagerArgs>;
  /** What the ports' tables held when they were read back. */
  readonly verified: FabricPartitions["verified"];

  constructor(name: string, args: InfinibandFabricArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:InfinibandFabric", name, {}, options);
    this.manager = pulumi.output(args.manager);
    const partitions = new FabricPartitions(
      `${name}-partitions`,
      { owner: "site", manager: fabricManager(this.manager), partitions: copyPartitions(args.partitions) },
      { parent: this },
    );
    this.verified = partitions.verified;
    this.registerOutputs({ verified: this.verified });
  }
}

/** The manager in the form that the resource takes, from an output of this stack or of another. */
export function fabricManager(manager: pulumi.Output<FabricManagerArgs>) {
  return {
    partitionsFile: manager.partitionsFile,
    pidFile: manager.pidFile,
    diagnostics: manager.diagnostics,
  };
}

/** The plan in the mutable form that Pulumi's inputs have. */
export function copyPartitions(partitions: readonly PartitionPlan[]) {
  return partitions.map((p) => ({ ...p, members: p.members.map((m) => ({ ...m })) }));
}
