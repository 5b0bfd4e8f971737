import { join } from "node:path";
import { stringify } from "yaml";
import { replaceFile } from "../../base/files";

/** Name of the audit policy in the control plane's folder. */
export const AUDIT_POLICY_FILE = "audit-policy.yaml";

const none = (rule: object) => ({ level: "None", ...rule });

/**
 * What the API server writes to its audit log (`audit.k8s.io/v1`): who changed what, and who entered a pod, without
 * contents. The heartbeats of the control plane's own parts are left out.
 */
export const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    none({ users: ["system:kube-scheduler", "system:kube-controller-manager", "kwok"] }),
    none({
      resources: [
        { group: "coordination.k8s.io" },
        { group: "", resources: ["events", "pods/status", "nodes/status", "serviceaccounts/token"] },
        { group: "events.k8s.io" },
        { group: "authentication.k8s.io" },
        { group: "authorization.k8s.io" },
      ],
    }),
    {
      level: "Metadata",
      resources: [{ group: "", resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy"] }],
    },
    { level: "Metadata", verbs: ["create", "update", "patch", "delete", "deletecollection"] },
    none({}),
  ],
};

export function writeAuditPolicy(dir: string): void {
  replaceFile(join(dir, AUDIT_POLICY_FILE), stringify(AUDIT_POLICY));
}
