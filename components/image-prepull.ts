import type { KubeApi } from "../base/kubernetes/api";
import type { KubeObject } from "../base/kubernetes/objects";
import { COURSE_NAMESPACE_PREFIX } from "../policies/rule";
import { RESERVED } from "../policies/rules/group-machines";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { catalogOf, sharedTemplates } from "./image-templates";
import { isWarmUp, parseTimetable, TIMETABLE_ANNOTATION } from "./plan/queue-guarantee";

/** Label of what pulls images ahead; its value is the course's namespace. */
export const PREPULL_LABEL = "lectern.dev/prepull";
const DAEMON_SETS = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/daemonsets`;

/** Images that are pulled ahead of a class from now on, or no longer. */
export interface PrepullChange {
  /** The course's namespace. */
  readonly course: string;
  readonly images: number;
  readonly machines: number;
  /** Once it has ended: machines that have all of the images. */
  readonly done?: number;
}

interface DaemonSet extends KubeObject {
  readonly spec?: { readonly template?: { readonly spec?: { readonly initContainers?: readonly object[] } } };
  readonly status?: { readonly desiredNumberScheduled?: number; readonly numberReady?: number };
}

/**
 * Pulls the images of each course onto its machines while it warms up for a class, by a DaemonSet with an init container
 * for each image, and takes that away when the class begins. Safe to run again: it goes by what is there.
 * @param queues Of all courses; those with a timetable count.
 */
export async function applyPrepulls(
  api: KubeApi,
  queues: readonly KubeObject[],
  moment: Date,
): Promise<PrepullChange[]> {
  const { items } = await api.get<{ items: DaemonSet[] }>(
    `${DAEMON_SETS}?labelSelector=${encodeURIComponent(PREPULL_LABEL)}`,
  );
  const running = new Map(items.map((set) => [set.metadata.labels?.[PREPULL_LABEL] ?? "", set]));
  const changes: PrepullChange[] = [];
  const wanted = new Set<string>();
  for (const { metadata } of queues) {
    const annotation = metadata.annotations?.[TIMETABLE_ANNOTATION];
    if (annotation === undefined || !isWarmUp(annotation, moment)) continue;
    const course = metadata.name;
    wanted.add(course);
    if (running.has(course)) continue;
    const { machines = [] } = parseTimetable(annotation);
    const images = await imagesOf(api, course);
    if (images.length === 0 || machines.length === 0) continue;
    await api.apply(`${DAEMON_SETS}/prepull-${course}`, daemonSet(course, images, machines));
    changes.push({ course, images: images.length, machines: machines.length });
  }
  for (const [course, { metadata, spec, status }] of running) {
    if (wanted.has(course)) continue;
    const options = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
    await api.delete(`${DAEMON_SETS}/${metadata.name}`, options);
    const images = spec?.template?.spec?.initContainers?.length ?? 0;
    const { desiredNumberScheduled: machines = 0, numberReady: done = 0 } = status ?? {};
    changes.push({ course, images, machines, done });
  }
  return changes;
}

/** References of a course's images and shared templates, each once. @param namespace The course's. */
async function imagesOf(api: KubeApi, namespace: string): Promise<string[]> {
  const course = namespace.slice(COURSE_NAMESPACE_PREFIX.length);
  const templates = await sharedTemplates(api, course);
  return [
    ...new Set([...Object.values(await catalogOf(api, course)), ...templates.map(({ image }) => image)]),
  ];
}

function daemonSet(course: string, images: readonly string[], machines: readonly string[]) {
  const name = `prepull-${course}`;
  const labels = { "app.kubernetes.io/name": name, [PREPULL_LABEL]: course };
  const container = (of: string, image: string, command: string[]) => ({
    name: of,
    image,
    imagePullPolicy: "IfNotPresent",
    command,
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  });
  const onMachines = { key: "kubernetes.io/hostname", operator: "In", values: [...machines] };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name, namespace: SYSTEM_NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_534,
            seccompProfile: { type: "RuntimeDefault" },
          },
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [onMachines] }],
              },
            },
          },
          tolerations: ["nvidia.com/gpu", RESERVED].map((key) => ({ key, operator: "Exists" })),
          initContainers: images.map((image, i) => container(`pull-${i + 1}`, image, ["sh", "-c", "exit 0"])),
          containers: [container("wait", images[0] ?? "", ["sleep", "infinity"])],
        },
      },
    },
  };
}
