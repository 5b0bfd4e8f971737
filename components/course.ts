import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { FabricPartitions } from "../bare-metal/provider/sdk";
import { formatSize } from "../base/units";
import { BUDGET_ANNOTATION } from "../policies/course-states";
import { formatParameters, PARAMETERS_NAME } from "../policies/parameters";
import { FIRST_DAY, LAST_DAY } from "../policies/rules/course-dates";
import { ROOM_GPUS_ANNOTATION } from "../policies/rules/queue-shares";
import { ASKED_SIZES_LABEL } from "../policies/size-approvals";
import type { StorageOutputs } from "./ceph-storage";
import { CourseIsolation } from "./course-isolation";
import { CourseLimits } from "./course-limits";
import { CourseRoles } from "./course-roles";
import { CourseVolumes } from "./course-volumes";
import { type FabricManagerArgs, fabricManager } from "./infiniband-fabric";
import { type CoursePlan, courseParameters, type CourseRequest, headcount } from "./plan/course-plan";
import { askedSizes, resourcesOf } from "./plan/instance-sizes";
import { formatTimetable, TIMETABLE_ANNOTATION } from "./plan/queue-guarantee";
import { invitationCode, openSeats } from "./plan/roster";
import { GPU_RESOURCE } from "./plan/site-plan";

/** Bytes of its machine's disk (logs, emptyDir, what it writes into itself): what a container gets that does not say, the most of one, and the share of a pod in the course's quota. */
const DISK = { ofContainer: 10 * 2 ** 30, most: 100 * 2 ** 30, ofPod: 20 * 2 ** 30 } as const;

/** Quota of Volcano's jobs. */
const JOBS = "count/jobs.batch.volcano.sh";

/** What a course takes from its site. */
export interface CourseSite {
  /** Of the cluster's administrator. Secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly rootQueue: pulumi.Input<string>;
  readonly fabric: pulumi.Output<FabricManagerArgs>;
  readonly storage: pulumi.Output<StorageOutputs>;
  /** The site's images: name to reference by digest. */
  readonly images: pulumi.Output<Record<string, string>>;
  /** Name servers that the site's machines and their pods have. */
  readonly nameServers: pulumi.Input<string[]>;
}

export interface CourseArgs {
  readonly title: string;
  readonly request: CourseRequest;
  readonly plan: CoursePlan;
  readonly site: CourseSite;
}

/** A course of one semester: its namespace with everything in it, its queue, its partition and its volumes. */
export class Course extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly queue: pulumi.Output<string>;
  readonly volumes: CourseVolumes;
  /** One for each seat that is open, by `seat-<number>`. Secret. */
  readonly invitationCodes: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: CourseArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:Course", name, {}, options);
    const { plan, request, site } = args;
    const child = { parent: this };
    const labels = { "lectern.dev/course": plan.name };
    const asked = askedSizes(request.sizes);

    const namespace = new Namespace(
      plan.namespace,
      {
        metadata: {
          name: plan.namespace,
          labels: {
            ...labels,
            // Pod Security knows no exceptions by rule: where a course has one, the rules of policies/ alone hold.
            "pod-security.kubernetes.io/enforce": plan.podSecurityExcepted ? "privileged" : "restricted",
            "pod-security.kubernetes.io/enforce-version": "latest",
            "pod-security.kubernetes.io/warn": "restricted",
            ...(asked.length > 0 ? { [ASKED_SIZES_LABEL]: "true" } : {}),
          },
          annotations: {
            "lectern.dev/title": args.title,
            ...(request.gpuHours === undefined ? {} : { [BUDGET_ANNOTATION]: String(request.gpuHours) }),
            ...(request.firstDay === undefined ? {} : { [FIRST_DAY]: request.firstDay }),
            ...(request.lastDay === undefined ? {} : { [LAST_DAY]: request.lastDay }),
          },
        },
      },
      child,
    );
    // The rules take nothing new into a course whose parameters they do not know, so these come before all else.
    const parameters = new ConfigMap(
      `${plan.namespace}-policy`,
      {
        metadata: { name: PARAMETERS_NAME, namespace: namespace.metadata.name },
        data: pulumi
          .all([site.images, site.storage, site.nameServers])
          .apply(([images, { monitors }, nameServers]) => {
            const image = images[plan.images[0] ?? ""] ?? "";
            const outside = [...monitors, ...nameServers];
            return formatParameters(courseParameters(plan, request, image, outside));
          }),
      },
      child,
    );
    this.namespace = parameters.metadata.namespace;
    this.declareLimits(plan, request, child);

    const queue = new CustomResource(
      plan.queue,
      {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: {
          name: plan.queue,
          labels,
          annotations: {
            [ROOM_GPUS_ANNOTATION]: String(plan.roomGpus),
            ...(request.timetable?.classes.length
              ? {
                  [TIMETABLE_ANNOTATION]: formatTimetable(
                    plan.gpus.guarantee,
                    request.timetable,
                    plan.machines,
                  ),
                }
              : {}),
          },
        },
        spec: {
          parent: site.rootQueue,
          guarantee: { resource: { [GPU_RESOURCE]: plan.gpus.guarantee } },
          // Volcano reclaims only what the deserved share names: all that a GPU job takes.
          deserved: {
            cpu: String(plan.deserved.cpus),
            memory: formatSize(plan.deserved.memoryBytes),
            [GPU_RESOURCE]: plan.deserved.gpus,
          },
          capability: { [GPU_RESOURCE]: plan.gpus.capability },
          reclaimable: true,
        },
      },
      child,
    );
    this.queue = queue.metadata.apply((m) => m?.name ?? plan.queue);

    new FabricPartitions(
      `${name}-partition`,
      {
        owner: plan.namespace,
        manager: fabricManager(site.fabric),
        partitions: [
          {
            name: plan.namespace,
            pkey: plan.pkey,
            ipoib: true,
            members: plan.members.map((m) => ({ ...m, membership: "full" as const })),
          },
        ],
        reserved: plan.reservedPkeys.map((r) => ({ ...r })),
      },
      child,
    );

    const students = request.roster.map((s) => s.id);
    const roles = { teachers: request.teachers, assistants: request.assistants, students };
    const { kubeconfig } = site;
    new CourseRoles(
      name,
      { namespace: this.namespace, kubeconfig, labels, ...roles, asksForSizes: asked.length > 0 },
      child,
    );
    new CourseIsolation(
      name,
      {
        namespace: this.namespace,
        monitors: site.storage.monitors,
        nameServers: site.nameServers,
        egress: request.egress ?? [],
      },
      child,
    );
    this.volumes = new CourseVolumes(
      name,
      {
        course: plan.name,
        namespace: this.namespace,
        kubeconfig,
        labels,
        storage: site.storage,
        datasets: plan.datasets,
        students,
        homeSize: request.homeSize,
      },
      child,
    );
    new CourseLimits(
      name,
      { course: plan.name, namespace: this.namespace, kubeconfig, labels, plan, students, asked },
      child,
    );
    this.invitationCodes = this.declareInvitations(name, openSeats(request), child);
    this.declareCatalog(args, child);
    this.registerOutputs({ namespace: this.namespace, queue: this.queue });
  }

  /** The ceiling of the namespace, and what a container gets that does not say. */
  private declareLimits(
    plan: CoursePlan,
    request: CourseRequest,
    options: pulumi.CustomResourceOptions,
  ): void {
    const metadata = { name: "course", namespace: this.namespace };
    const [cpu, memory] = [String(plan.quota.cpus), formatSize(plan.quota.memoryBytes)];
    const disk = formatSize(plan.quota.pods * DISK.ofPod);
    const diskOf = (bytes: number) => ({ "ephemeral-storage": formatSize(bytes) });
    new ResourceQuota(
      `${plan.namespace}-quota`,
      {
        // Kubernetes counts a kind of Volcano's from some time after it knows the kind, and until then takes none of it.
        metadata: {
          ...metadata,
          annotations: { "pulumi.com/waitFor": `jsonpath={.status.used["${JOBS}"]}` },
        },
        spec: {
          hard: {
            "requests.cpu": cpu,
            "limits.cpu": cpu,
            "requests.memory": memory,
            "limits.memory": memory,
            "requests.ephemeral-storage": disk,
            "limits.ephemeral-storage": disk,
            [`requests.${GPU_RESOURCE}`]: String(plan.quota.gpus),
            pods: String(plan.quota.pods),
            // Jobs wait at no cost and in any number; a service stands for pods.
            [JOBS]: String(plan.quota.pods),
            services: String(plan.quota.pods),
            persistentvolumeclaims: String(request.datasets.length + headcount(request) + 1),
            "services.loadbalancers": "0",
            "services.nodeports": "0",
          },
        },
      },
      options,
    );
    new LimitRange(
      `${plan.namespace}-limits`,
      {
        metadata,
        spec: {
          limits: [
            {
              type: "Container",
              default: { cpu: "1", memory: "2Gi", ...diskOf(DISK.ofContainer) },
              defaultRequest: { cpu: "1", memory: "2Gi", ...diskOf(DISK.ofContainer) },
              max: {
                cpu: String(plan.largest.cpus),
                memory: formatSize(plan.largest.memoryBytes),
                ...diskOf(DISK.most),
              },
            },
          ],
        },
      },
      options,
    );
  }

  /** A code for each seat that is open, all made from one secret: a seat that is taken changes no other code. */
  private declareInvitations(
    name: string,
    seats: readonly number[],
    options: pulumi.CustomResourceOptions,
  ): pulumi.Output<Record<string, string>> {
    const { result } = new RandomPassword(`${name}-invitations`, { length: 32, special: false }, options);
    const codes = pulumi.secret(
      result.apply((secret) =>
        Object.fromEntries(seats.map((seat) => [`seat-${seat}`, invitationCode(secret, seat)])),
      ),
    );
    new Secret(
      `${name}-invitations`,
      { metadata: { name: "invitation-codes", namespace: this.namespace }, stringData: codes },
      options,
    );
    return codes;
  }

  /** What a student may ask for: sizes with their exact resource names, and the images by digest. */
  private declareCatalog({ plan, request, site }: CourseArgs, options: pulumi.CustomResourceOptions): void {
    const sizes = Object.fromEntries(
      request.sizes.map((size) => [`${size.name}.json`, JSON.stringify(resourcesOf(size))]),
    );
    const metadata = (name: string) => ({ name, namespace: this.namespace });
    new ConfigMap(`${plan.namespace}-sizes`, { metadata: metadata("instance-sizes"), data: sizes }, options);
    const images = site.images.apply((all) =>
      Object.fromEntries(plan.images.map((image) => [image, all[image] ?? ""])),
    );
    new ConfigMap(`${plan.namespace}-images`, { metadata: metadata("images"), data: images }, options);
  }
}
