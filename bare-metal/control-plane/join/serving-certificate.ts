import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A CertificateSigningRequest (certificates.k8s.io/v1), as far as it is judged here. */
export interface SigningRequest {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly spec: {
    readonly signerName: string;
    readonly username: string;
    readonly groups?: readonly string[];
    readonly usages?: readonly string[];
    /** PKCS #10 in PEM, in Base64. */
    readonly request: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
    readonly certificate?: string;
  };
}

export const SERVING_SIGNER = "kubernetes.io/kubelet-serving";
/** RFC 5280, 4.2.1.6. */
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const USAGES = ["digital signature", "key encipherment", "server auth"];

/**
 * Why a kubelet's request for a serving certificate must not be approved; undefined if it may be: the node itself asks,
 * for its own name and address and nothing else (Kubernetes, "Certificate Signing Requests", kubelet-serving).
 */
export function servingRequestProblem(
  request: SigningRequest,
  node: { readonly name: string; readonly address: string },
): string | undefined {
  const { signerName, username, groups = [], usages = [] } = request.spec;
  if (signerName !== SERVING_SIGNER) return `its signer is ${signerName}`;
  if (username !== `system:node:${node.name}`) return `it comes from ${username}`;
  if (!groups.includes("system:nodes")) return "who asks is no node";
  const more = usages.filter((usage) => !USAGES.includes(usage));
  if (more.length > 0 || !usages.includes("server auth")) return `it is for ${usages.join(", ")}`;
  const pem = Buffer.from(request.spec.request, "base64").toString("utf8");
  const asked = new x509.Pkcs10CertificateRequest(pem);
  const subject = asked.subjectName;
  if (subject.getField("CN").join() !== username || subject.getField("O").join() !== "system:nodes")
    return `its subject is ${asked.subject}`;
  const extension = asked.getExtension(
    SUBJECT_ALTERNATIVE_NAME,
  ) as x509.SubjectAlternativeNameExtension | null;
  const names = extension?.names.items ?? [];
  const foreign = names.filter(
    ({ type, value }) =>
      !((type === "dns" && value === node.name) || (type === "ip" && value === node.address)),
  );
  if (foreign.length > 0) return `it names ${foreign.map((n) => `${n.type} ${n.value}`).join(", ")}`;
  return names.length === 0 ? "it names nothing" : undefined;
}
