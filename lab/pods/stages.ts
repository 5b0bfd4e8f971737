import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { privateFolder } from "../../base/files";

/** kwok's stages that are used as they are. */
const NODE_STAGES = [
  "node/fast/node-initialize.yaml",
  "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
];

/** jq (gojq) over a pod: yields something only if a container's image is one of these repositories. */
export function ownImagesQuery(images: readonly string[]): string {
  const names = images.map((i) => i.replace(/^docker\.io\//, "").replaceAll(".", "[.]"));
  return `.spec.containers[] | select(.image | test("^(docker[.]io/)?(${names.join("|")})([:@].*)?$")) | .name`;
}

interface Expression {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

function stage(name: string, expressions: readonly Expression[], rest: Record<string, unknown>): string {
  return stringify(
    {
      apiVersion: "kwok.x-k8s.io/v1alpha1",
      kind: "Stage",
      metadata: { name },
      spec: {
        resourceRef: { apiGroup: "v1", kind: "Pod" },
        selector: { matchExpressions: expressions },
        ...rest,
      },
    },
    { lineWidth: 0 },
  );
}

const alive: Expression = { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" };

const READY = `{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "Ready" "ContainersReady" }}
- { type: {{ $type | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, started: true, restartCount: 0, state: { running: { startedAt: {{ $now | Quote }} } } }
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0, state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } } }
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`;

const COMPLETE = `{{ $now := Now }}
containerStatuses:
{{ range $index, $item := .spec.containers }}
- { name: {{ $item.name | Quote }}, image: {{ $item.image | Quote }}, ready: false, started: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } } }
{{ end }}
phase: Succeeded
`;

/** Annotation of a pod of a Job: how long it runs, as a Go duration (`30s`). Default: one second. */
export const RUNS_FOR = "lab.lectern.dev/runs-for";

/**
 * kwok's pod stages for a room: every pod becomes Ready at once and pods of a Job (Kubernetes' or Volcano's)
 * complete, except those whose image is in the program table, which are the runner's from start to end.
 * @returns file name to content
 */
export function podStages(images: readonly string[]): ReadonlyMap<string, string> {
  const foreign: Expression = { key: ownImagesQuery(images), operator: "DoesNotExist" };
  const ready = stage(
    "pod-ready",
    [alive, foreign, { key: ".status.phase", operator: "In", values: ["Pending"] }],
    {
      next: { statusTemplate: READY },
    },
  );
  const complete = stage(
    "pod-complete",
    [
      alive,
      foreign,
      { key: ".status.phase", operator: "In", values: ["Running"] },
      { key: ".metadata.ownerReferences[].kind", operator: "In", values: ["Job"] },
    ],
    {
      delay: {
        durationMilliseconds: 1000,
        durationFrom: { expressionFrom: `.metadata.annotations["${RUNS_FOR}"]` },
      },
      next: { statusTemplate: COMPLETE },
    },
  );
  const remove = stage("pod-delete", [foreign, { key: alive.key, operator: "Exists" }], {
    next: { delete: true },
  });
  return new Map([
    ["pod-ready.yaml", ready],
    ["pod-complete.yaml", complete],
    ["pod-delete.yaml", remove],
  ]);
}

/**
 * Makes a folder laid out as kwok's `kustomize/stage`, for LECTERN_KWOK_STAGES: the nodes' stages are kwok's own, the
 * pods' are ours. Idempotent.
 * @param kwokStages kwok's folder `kustomize/stage`.
 */
export function writeStages(dir: string, kwokStages: string, images: readonly string[]): void {
  for (const file of NODE_STAGES) {
    const to = join(dir, file);
    privateFolder(dirname(to));
    copyFileSync(join(kwokStages, file), to);
    // The Go module cache is read-only, and so is a copy of its files.
    chmodSync(to, 0o600);
  }
  const pods = join(dir, "pod", "fast");
  privateFolder(pods);
  for (const [name, text] of podStages(images)) writeFileSync(join(pods, name), text, { mode: 0o600 });
}
