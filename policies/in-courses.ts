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
