import { ApiError, type KubeApi } from "../../../base/kubernetes/api";
import { SERVING_SIGNER } from "../join/serving-certificate";

/** Name of the approver's client certificate. */
export const APPROVER = "lectern-serving-approver";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** What the approver may: see requests for certificates, decide on those of kubelets' servers, read who joined. */
const OBJECTS: readonly (readonly [path: string, object: object])[] = [
  [
    `${RBAC}/clusterroles/${APPROVER}`,
    {
      kind: "ClusterRole",
      rules: [
        {
          apiGroups: ["certificates.k8s.io"],
          resources: ["certificatesigningrequests"],
          verbs: ["get", "list", "watch"],
        },
        {
          apiGroups: ["certificates.k8s.io"],
          resources: ["certificatesigningrequests/approval"],
          verbs: ["update", "patch"],
        },
        {
          apiGroups: ["certificates.k8s.io"],
          resources: ["signers"],
          resourceNames: [SERVING_SIGNER],
          verbs: ["approve"],
        },
      ],
    },
  ],
  [
    `${RBAC}/clusterrolebindings/${APPROVER}`,
    {
      kind: "ClusterRoleBinding",
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: APPROVER },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: APPROVER }],
    },
  ],
  [
    `${RBAC}/namespaces/kube-system/roles/${APPROVER}`,
    { kind: "Role", rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] },
  ],
  [
    `${RBAC}/namespaces/kube-system/rolebindings/${APPROVER}`,
    {
      kind: "RoleBinding",
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: APPROVER },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: APPROVER }],
    },
  ],
];

/** Gives the approver its rights. Idempotent. */
export async function allowApprover(api: KubeApi): Promise<void> {
  for (const [path, object] of OBJECTS) {
    const inKubeSystem = path.includes("/namespaces/");
    const metadata = { name: APPROVER, ...(inKubeSystem && { namespace: "kube-system" }) };
    try {
      await api.apply(path, { apiVersion: "rbac.authorization.k8s.io/v1", ...object, metadata });
    } catch (error) {
      // A role to which a binding once pointed cannot be another's: the object of an earlier version is made anew.
      if (!(error instanceof ApiError) || error.status !== 422) throw error;
      await api.delete(path, {});
      await api.apply(path, { apiVersion: "rbac.authorization.k8s.io/v1", ...object, metadata });
    }
  }
}
