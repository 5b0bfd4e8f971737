import { join } from "node:path";
import type { Program } from "./config";

/** Where Volcano's programs and its webhooks' script lie. */
export interface VolcanoFiles {
  readonly scheduler: string;
  readonly controllerManager: string;
  readonly webhookManager: string;
  /** Folder that holds `gen-admission-secret.sh`. */
  readonly admissionSecret: string;
}

/**
 * Volcano 1.10's three images. Ports are the programs' defaults, and the chart sets none but the webhooks' 8443.
 * The webhook manager opens that port only after it has written its certificate into the webhook configurations.
 */
export function volcanoPrograms(files: VolcanoFiles): Program[] {
  const healthz = "--healthz-address={ip}:11251";
  const ready = { scheme: "http", port: 11251, path: "/healthz" } as const;
  return [
    {
      image: "docker.io/volcanosh/vc-scheduler",
      entrypoint: [files.scheduler],
      listen: [healthz, "--listen-address={ip}:8080"],
      kubeconfigFlag: true,
      ready,
      scripts: {},
    },
    {
      image: "docker.io/volcanosh/vc-controller-manager",
      entrypoint: [files.controllerManager],
      listen: [healthz],
      kubeconfigFlag: true,
      ready,
      scripts: {},
    },
    {
      image: "docker.io/volcanosh/vc-webhook-manager",
      entrypoint: [files.webhookManager],
      listen: [healthz, "--listen-address={ip}"],
      kubeconfigFlag: true,
      ready: { scheme: "tcp", port: 8443, path: "/" },
      scripts: {
        "./gen-admission-secret.sh": {
          file: join(files.admissionSecret, "gen-admission-secret.sh"),
          // The image's /tmp is the pod's own; this machine's is everybody's, and another room's as well.
          replace: { "CERTDIR=/tmp": "CERTDIR={tmp}" },
        },
      },
    },
  ];
}
