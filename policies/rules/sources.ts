import type { Threat } from "../rule";

/** A threat, from one of the documents that rules refer to. */
const from =
  (source: string, url: string) =>
  (text: string): Threat => ({ text, source, url });

export const podSecurity = from(
  "Kubernetes, Pod Security Standards: restricted",
  "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
);
export const hardening = from(
  "NSA and CISA, Kubernetes Hardening Guide 1.2",
  "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
);
export const kubernetes = (page: string, path: string) =>
  from(`Kubernetes, ${page}`, `https://kubernetes.io/docs/${path}`);
export const rbacPractices = kubernetes("RBAC Good Practices", "concepts/security/rbac-good-practices/");
export const volcano = (page: string, path: string) =>
  from(`Volcano, ${page}`, `https://volcano.sh/en/docs/${path}`);
export const nvidia = from(
  "NVIDIA, Kubernetes device plugin: shared access to GPUs",
  "https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus",
);
export const infiniband = from(
  "InfiniBand Architecture Specification, volume 1, 10.9: partitioning",
  "https://www.infinibandta.org/ibta-specification/",
);
