import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { ledgerAlerts, ledgerDashboard } from "./plan/ledger-dashboard";

/**
 * What a monitoring stack loads for this site: the dashboard as Grafana's sidecar finds it (label `grafana_dashboard`),
 * and the alerts as a file of rules for Prometheus.
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
    this.registerOutputs({});
  }
}
