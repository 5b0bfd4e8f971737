import { everyPod } from "../requirement";
import type { Rule } from "../rule";
import { type Volume, WORKLOADS } from "../workloads";
import { goodContainer, pod, volcanoJob } from "./examples";
import { podSecurity } from "./sources";

/** Sources of volumes that a course may use: those of `restricted` without inline CSI, whose drivers take secrets and paths, and without claims made for a pod, which no course's quota has room for. */
const ALLOWED = [
  "configMap",
  "downwardAPI",
  "emptyDir",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;

const isAllowed = (volume: Volume) =>
  ALLOWED.some((source) => volume[source] !== undefined && volume[source] !== null);
const volume = (source: object): Volume => ({ name: "v", ...source });

export const volumeSources: Rule = {
  name: "volume-sources",
  purpose:
    "A course mounts its own claims and what lies in its namespace, never a folder of a machine or a foreign server.",
  level: "mandatory",
  stops: podSecurity(
    "A hostPath, NFS or inline CSI volume reads other courses' data and the machine's keys.",
  ),
  kinds: WORKLOADS,
  podSecurity: true,
  requirements: [
    everyPod({
      path: "spec.volumes",
      holds: ({ spec }) => (spec?.volumes ?? []).every(isAllowed),
      cel: `!has(p.spec.volumes) || p.spec.volumes.all(v, ${ALLOWED.map((source) => `has(v.${source})`).join(" || ")})`,
      problem: "the pod mounts what is not of its course",
      fix: "use the course's claims, a ConfigMap, or an emptyDir",
    }),
    everyPod({
      path: "spec.volumes",
      holds: ({ spec }) =>
        (spec?.volumes ?? []).every((v) =>
          (v.projected?.sources ?? []).every(({ serviceAccountToken }) => serviceAccountToken === undefined),
        ),
      cel:
        "!has(p.spec.volumes) || p.spec.volumes.all(v, !has(v.projected) || !has(v.projected.sources) || v.projected.sources == null || " +
        "v.projected.sources.all(s, !has(s.serviceAccountToken)))",
      problem: "the pod mounts a token of its service account",
      fix: "leave the projected serviceAccountToken out; nothing in a course calls the API server",
    }),
  ],
  keeps: [
    { title: "no volumes", objects: [pod()] },
    {
      title: "what a course has",
      objects: [
        pod({
          volumes: [
            { name: "a", emptyDir: {} },
            { name: "b", configMap: { name: "images" } },
            { name: "c", persistentVolumeClaim: { claimName: "home-course" } },
            { name: "d", downwardAPI: { items: [] } },
            { name: "e", projected: { sources: [{ downwardAPI: { items: [] } }] } as never },
            { name: "empty", projected: {} },
            { name: "f", secret: { secretName: "gang-ssh" } },
          ],
        }),
      ],
    },
  ],
  breaks: [
    {
      title: "a folder of the machine",
      objects: [pod({ volumes: [volume({ hostPath: { path: "/etc" } })] })],
    },
    {
      title: "a foreign server",
      objects: [
        volcanoJob(goodContainer, {}, { volumes: [volume({ nfs: { server: "192.0.2.1", path: "/" } })] }),
      ],
    },
    {
      title: "an inline volume of a driver",
      objects: [pod({ volumes: [volume({ csi: { driver: "cephfs.csi.ceph.com" } })] })],
    },
    {
      title: "a claim that lives as long as the pod",
      objects: [
        pod({
          volumes: [
            volume({
              ephemeral: {
                volumeClaimTemplate: {
                  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
                },
              },
            }),
          ],
        }),
      ],
    },
    {
      title: "a bad volume behind a good one",
      objects: [pod({ volumes: [{ name: "a", emptyDir: {} }, volume({ hostPath: { path: "/dev" } })] })],
    },
    {
      title: "a projected token, named as Kubernetes names its own",
      objects: [
        pod({
          volumes: [
            {
              name: "kube-api-access-1",
              projected: { sources: [{ serviceAccountToken: { path: "token" } as object }] },
            },
          ],
        }),
      ],
    },
  ],
};
