import type { Milliseconds } from "../../base/units";

/** Where each program of the control plane lies. */
export interface ControlPlaneTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kwok: string;
  /** kwok's stage files (kwok.x-k8s.io/v1alpha1 Stage): how fake nodes and their pods come to life. */
  readonly kwokStages: readonly string[];
}

/** Names of the processes, in the order of their start. */
export const CONTROL_PLANE_PROCESSES = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "serving-approver",
] as const;
export type ControlPlaneProcess = (typeof CONTROL_PLANE_PROCESSES)[number];

/** Where a control plane keeps its state and answers. */
export interface ControlPlaneLocation {
  /** Folder of its own: pki/, etcd/, logs/, run/; made with mode 0700. */
  readonly dir: string;
  /** IPv4 address of this machine that nothing else uses, such as 127.71.2.1: each part has its standard port there. */
  readonly address: string;
  /** Port of the API server. */
  readonly port: number;
}

export interface ControlPlaneSpec extends ControlPlaneLocation {
  /** IPv4 network of the pods; every node gets a /24 of it. */
  readonly podCidr: string;
  /** IPv4 network of the Services; its first address is the API server's own Service. */
  readonly serviceCidr: string;
  readonly tools: ControlPlaneTools;
  /** How long the certificates last that its controller manager signs. Default: a year. */
  readonly certificateSeconds?: number | undefined;
  /** How long to wait until all of it is ready. Default: one minute. */
  readonly timeout?: Milliseconds;
}

export interface ControlPlane {
  /** Administrator's kubeconfig (YAML, certificates and key inline). A secret. */
  readonly kubeconfig: string;
  /** URL of the API server. */
  readonly server: string;
  /** Certificate of the authority that signed the API server's, PEM. */
  readonly caCertificate: string;
}

export interface ControlPlaneState {
  /** Which processes live. */
  readonly processes: Readonly<Record<ControlPlaneProcess, boolean>>;
  /** All processes live, /readyz of the API server and /healthz of the others say ok. */
  readonly ready: boolean;
  /** Why it is not ready, in a line. */
  readonly problem?: string;
}

export { startControlPlane } from "./start";
export { probeControlPlane } from "./probe";
export { readKubeconfig } from "./kubeconfig";
export { stopControlPlane } from "./stop";
export { toolsFromPath } from "./tools";
