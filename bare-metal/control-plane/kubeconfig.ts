import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readIfThere, replaceFile } from "../../base/files";
import type { LeafName } from "./pki";

/** Clients of the API server that get a kubeconfig each: `<dir>/<name>.kubeconfig`, mode 0600. */
export const KUBECONFIG_CLIENTS = [
  "admin",
  "controller-manager",
  "scheduler",
  "kwok",
  "ledger",
  "serving-approver",
] as const satisfies readonly LeafName[];

/** Who the recorder of the ledger is at the API server. */
export const LEDGER_USER = "lectern-ledger";

/** Path of a client's kubeconfig. */
export function kubeconfigFile(dir: string, client: (typeof KUBECONFIG_CLIENTS)[number]): string {
  return join(dir, `${client}.kubeconfig`);
}

/** Writes the kubeconfigs from the certificates in `<dir>/pki`. */
export function writeKubeconfigs(dir: string, server: string): void {
  for (const client of KUBECONFIG_CLIENTS) {
    replaceFile(kubeconfigFile(dir, client), kubeconfig(join(dir, "pki"), client, server));
  }
}

/** The administrator's kubeconfig of the control plane in this folder, or undefined if there is none. A secret. */
export function readKubeconfig(dir: string): string | undefined {
  return readIfThere(kubeconfigFile(dir, "admin"));
}

function kubeconfig(pki: string, client: LeafName, server: string): string {
  const inline = (file: string): string => readFileSync(join(pki, file)).toString("base64");
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "lectern", cluster: { server, "certificate-authority-data": inline("ca.crt") } }],
      users: [
        {
          name: client,
          user: {
            "client-certificate-data": inline(`${client}.crt`),
            "client-key-data": inline(`${client}.key`),
          },
        },
      ],
      contexts: [{ name: "lectern", context: { cluster: "lectern", user: client } }],
      "current-context": "lectern",
    },
    { lineWidth: 0 },
  );
}
