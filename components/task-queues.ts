import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Chart } from "@pulumi/kubernetes/helm/v4/chart";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { countGpus, type RoomMachine } from "./plan/room";
import { GPU_RESOURCE } from "./plan/site-plan";
import { VolcanoCertificates } from "./volcano-certificates";

const VOLCANO_NAMESPACE = "volcano-system";
/** Name of the chart's release; every object of it starts so. */
const RELEASE = "volcano";
const CONTROL_PLANE_NODES = { "lectern.dev/role": "control-plane" };
const CONTROL_PLANE_TOLERATIONS = [
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
];

/**
 * Volcano's scheduler: gangs first, then queues by guarantee, deserved share and capability, and what a queue has above
 * its share is reclaimed when another wants its own.
 */
export const SCHEDULER = {
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
    const certificates = new VolcanoCertificates(
      "volcano-certificates",
      {
        chart: args.chart,
        release: RELEASE,
        namespace: namespace.metadata.name,
        nodeSelector: CONTROL_PLANE_NODES,
        tolerations: CONTROL_PLANE_TOLERATIONS,
      },
      { parent: this },
    );
    const volcano = new Chart(
      RELEASE,
      {
        chart: args.chart,
        name: RELEASE,
        namespace: namespace.metadata.name,
        values: {
          basic: { image_pull_policy: "IfNotPresent" },
          custom: {
            scheduler_config_override: stringify(SCHEDULER),
            default_tolerations: CONTROL_PLANE_TOLERATIONS,
            default_ns: CONTROL_PLANE_NODES,
          },
        },
      },
      { parent: this, dependsOn: [certificates] },
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
