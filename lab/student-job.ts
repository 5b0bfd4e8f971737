import { GPU_RESOURCE, RDMA_RESOURCE } from "../components/plan/site-plan";

export interface StudentJobSpec {
  readonly name: string;
  /** Course without the `course-` of its namespace. */
  readonly course: string;
  /** Reference by digest. */
  readonly image: string;
  /** Instance size, for people. */
  readonly size: string;
  readonly pods: number;
  readonly gpusPerPod: number;
}

/** A gang job as a student would write it: Volcano's Job, all pods or none, nothing that the course forbids. */
export function studentJob({ name, course, image, size, pods, gpusPerPod }: StudentJobSpec) {
  const resources = { cpu: "8", memory: "32Gi", [GPU_RESOURCE]: String(gpusPerPod), [RDMA_RESOURCE]: "1" };
  return {
    apiVersion: "batch.volcano.sh/v1alpha1",
    kind: "Job",
    metadata: { name, namespace: `course-${course}`, labels: { "lectern.dev/size": size } },
    spec: {
      schedulerName: "volcano",
      queue: `course-${course}`,
      minAvailable: pods,
      ttlSecondsAfterFinished: 600,
      tasks: [
        {
          name: "worker",
          replicas: pods,
          policies: [{ event: "TaskCompleted", action: "CompleteJob" }],
          template: {
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 1000,
                seccompProfile: { type: "RuntimeDefault" },
              },
              containers: [
                {
                  name: "worker",
                  image,
                  command: ["sh", "-c", "echo training"],
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                  resources: { requests: resources, limits: resources },
                },
              ],
            },
          },
        },
      ],
    },
  };
}
