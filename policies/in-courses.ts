import type { AdmissionObject } from "./admission";
import { COURSE_LABEL, type KindMatch, type Operation } from "./rule";

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

/** Paths by which a running pod is changed beside its own. */
const POD_PATHS = ["pods/ephemeralcontainers", "pods/resize"];

/** One rule for each group and version: the API server runs through those of every policy at every request. */
export function resourceRules(kinds: readonly KindMatch[], operations: readonly Operation[]) {
  const rules = new Map<string, { group: string; version: string; resources: string[] }>();
  for (const { group, version, resource } of kinds) {
    const key = `${group}/${version}`;
    const rule = rules.get(key) ?? { group, version, resources: [] };
    rule.resources.push(resource, ...(resource === "pods" && operations.includes("UPDATE") ? POD_PATHS : []));
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ group, version, resources }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations,
    resources,
  }));
}
