/** Who may do what of Kubernetes' objects (RBAC, `rbac.authorization.k8s.io/v1` PolicyRule). */
export interface AccessRule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

const FOLLOW = ["get", "list", "watch"];

/**
 * All that the recorder of the ledger may do: follow pods and what they are told by, take its finalizer off pods, write
 * a course's spent GPU hours down at its namespace, and tell its people by an event. It reads no secret.
 */
export const LEDGER_RULES: readonly AccessRule[] = [
  { apiGroups: [""], resources: ["pods", "namespaces"], verbs: [...FOLLOW, "patch"] },
  { apiGroups: [""], resources: ["nodes", "serviceaccounts", "configmaps"], verbs: FOLLOW },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
];
