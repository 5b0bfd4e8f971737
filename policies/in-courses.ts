import type { AdmissionObject } from "./admission";
import { COURSE_LABEL } from "./rule";

/** Of admission policies and their bindings. */
export const API_VERSION = "admissionregistration.k8s.io/v1";

/**
 * Of bindings: the namespaces of courses that carry these labels too. The API server reads a policy's selector at every
 * request, a binding's where the kind matches.
 */
export const inCourses = (...labels: readonly string[]) => ({
  namespaceSelector: {
    matchExpressions: [COURSE_LABEL, ...labels].map((key) => ({ key, operator: "Exists" })),
  },
});

/** A policy and a binding of the same name. */
export function withBinding(
  kind: "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy",
  name: string,
  spec: Record<string, unknown>,
  binding: Record<string, unknown>,
): AdmissionObject[] {
  const metadata = { name };
  return [
    { apiVersion: API_VERSION, kind, metadata, spec: { failurePolicy: "Fail", ...spec } },
    { apiVersion: API_VERSION, kind: `${kind}Binding`, metadata, spec: { policyName: name, ...binding } },
  ];
}
