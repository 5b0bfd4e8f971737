import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { countGpus, type RoomMachine } from "./plan/room";
import { GPU_RESOURCE } from "./plan/site-plan";

const VOLCANO_NAMESPACE = "volcano-system";

/**
 * Volcano's scheduler: gangs first, then queues by guarantee, deserved share and capability, and what a queue has above
 * its share is reclaimed when another wants its own.
 */
const SCHEDULER = {
  actions: "enqueue, allocate, reclaim, backfill",
  tiers: [
    {
      plugins: [{ name: "priority" }, { name: "gang", enablePreemptable: false }, { name: "conformance" }],
    },
    {
      plugins: [
        { name: "drf", enablePreemptable: false },
        { name: "predicates" },
        { name: "capacity" },
        { name: "nodeorder" },
        { name: "binpack" },
      ],
    },
  ],
};

export interface TaskQueuesArgs {
  /** Folder of Volcano's Helm chart. */
  readonly chart: string;
  /** Names the semester's root queue. */
  readonly semester: string;
  /** The room: the root queue can use all of it. */
  readonly machines: readonly RoomMachine[];
}

/** Volcano, and the queue under which a semester's courses stand. */
export class TaskQueues extends pulumi.ComponentResource {
  /** Name of the semester's root queue. Known once Volcano answers. */
  readonly rootQueue: pulumi.Output<string>;

  constructor(name: string, args: TaskQueuesArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:TaskQueues", name, {}, options);
    const namespace = new Namespace(
      VOLCANO_NAMESPACE,
      { metadata: { name: VOLCANO_NAMESPACE } },
      { parent: this },
    );
    const volcano = new Chart(
      "volcano",
      {
        chart: args.chart,
        name: "volcano",
        namespace: namespace.metadata.name,
        values: {
          basic: { image_pull_policy: "IfNotPresent" },
          custom: {
            scheduler_config_override: stringify(SCHEDULER),
            default_tolerations: [
              { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
            ],
            default_ns: { "lectern.dev/role": "control-plane" },
          },
        },
      },
      { parent: this },
    );
    const root = new CustomResource(
      "semester-queue",
      {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: { name: args.semester, labels: { "lectern.dev/semester": args.semester } },
        spec: {
          // Courses hold guarantees; the root only bounds them by what the room has.
          capability: { [GPU_RESOURCE]: countGpus(args.machines) },
          reclaimable: true,
        },
      },
      { parent: this, dependsOn: [volcano] },
    );
    this.rootQueue = root.metadata.apply((m) => m?.name ?? args.semester);
    this.registerOutputs({ rootQueue: this.rootQueue });
  }
}
