import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { LEDGER_USER } from "../bare-metal/control-plane/kubeconfig";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { LEDGER_RULES } from "./plan/ledger-access";
import { ledgerAlerts, ledgerDashboard } from "./plan/ledger-dashboard";

/**
 * What a monitoring stack loads for this site: the dashboard as Grafana's sidecar finds it (label `grafana_dashboard`),
 * and the alerts as a file of rules for Prometheus. And what the recorder may do, whether it comes by a certificate
 * (user `lectern-ledger`) or runs in the cluster (service account `lectern-ledger` of `lectern-system`).
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, _args: Record<string, never>, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:Monitoring", name, {}, options);
    const files: readonly [suffix: string, labels: Record<string, string>, data: Record<string, string>][] = [
      [
        "dashboards",
        { grafana_dashboard: "1" },
        { "lectern-ledger.json": JSON.stringify(ledgerDashboard(), undefined, 2) },
      ],
      [
        "alerts",
        { "lectern.dev/prometheus-rules": "1" },
        { "lectern-ledger.yaml": stringify(ledgerAlerts()) },
      ],
    ];
    for (const [suffix, labels, data] of files) {
      const metadata = { name: `lectern-${suffix}`, namespace: SYSTEM_NAMESPACE, labels };
      new ConfigMap(`${name}-${suffix}`, { metadata, data }, { parent: this });
    }
    const metadata = { name: LEDGER_USER };
    new ServiceAccount(
      `${name}-ledger`,
      { metadata: { ...metadata, namespace: SYSTEM_NAMESPACE }, automountServiceAccountToken: false },
      { parent: this },
    );
    const role = new ClusterRole(
      `${name}-ledger`,
      { metadata, rules: LEDGER_RULES.map((rule) => ({ ...rule })) },
      { parent: this },
    );
    new ClusterRoleBinding(
      `${name}-ledger`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: LEDGER_USER },
        subjects: [
          { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: LEDGER_USER },
          { kind: "ServiceAccount", name: LEDGER_USER, namespace: SYSTEM_NAMESPACE },
        ],
      },
      { parent: this, dependsOn: [role] },
    );
    this.registerOutputs({});
  }
}
