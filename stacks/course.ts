import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { FaultsError } from "../base/faults";
import type { StorageOutputs } from "../components/ceph-storage";
import { Course } from "../components/course";
import type { FabricManagerArgs } from "../components/infiniband-fabric";
import { planCourse } from "../components/plan/course-plan";
import { formatPkey } from "../components/plan/pkeys";
import type { Room } from "../components/plan/room";
import { PROJECT_DIR, type StackConfig } from "./config";
import { throwWithLines } from "./fault-lines";

/** Declares one course of a site. Its plan is checked against the room before anything is declared. */
export async function declareCourse(
  stack: StackConfig & { kind: "course" },
): Promise<Record<string, unknown>> {
  const { name, config, roster, others } = stack;
  const site = new pulumi.StackReference(`organization/lectern/${config.site}`);
  const room = (await site.getOutputDetails("room")).value as Room | undefined;
  const file = `Pulumi.${name}.yaml`;
  if (room === undefined) {
    throw new FaultsError(file, [
      {
        path: "lectern:course.site",
        value: config.site,
        problem: "that stack has no room among its outputs",
        fix: `run \`pulumi up -s ${config.site}\` first, or name a site stack`,
      },
    ]);
  }
  const request = { ...config, roster };
  const { plan, faults } = planCourse(name, request, room, others);
  throwWithLines(file, faults, PROJECT_DIR);

  const kubeconfig = site.requireOutput("kubeconfig").apply(String);
  const provider = new Provider("kubernetes", {
    kubeconfig,
    deleteUnreachable: false,
    // Else a change of the parameters makes a new ConfigMap, and everything in the course that waits for it anew.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
  });
  const course = new Course(
    name,
    {
      title: config.title,
      request,
      plan,
      site: {
        kubeconfig,
        rootQueue: site.requireOutput("rootQueue").apply(String),
        fabric: site.requireOutput("fabric") as pulumi.Output<FabricManagerArgs>,
        storage: site.requireOutput("storage") as pulumi.Output<StorageOutputs>,
        // A site of before has no such output.
        nameServers: site.getOutput("nameServers").apply((servers) => (servers ?? []) as string[]),
        images: site.requireOutput("images") as pulumi.Output<Record<string, string>>,
      },
    },
    { providers: [provider] },
  );
  return {
    namespace: course.namespace,
    queue: course.queue,
    pkey: formatPkey(plan.pkey),
    datasets: course.volumes.datasets,
    homes: course.volumes.homes,
    storageClients: course.volumes.clients,
    invitationCodes: course.invitationCodes,
  };
}
