import { COURSE_LABEL } from "./rule";

/** Of admission policies and their bindings. */
export const API_VERSION = "admissionregistration.k8s.io/v1";

/** Of bindings: the API server reads a policy's selector at every request, a binding's where the kind matches. */
export const IN_COURSES = {
  namespaceSelector: { matchExpressions: [{ key: COURSE_LABEL, operator: "Exists" }] },
};
