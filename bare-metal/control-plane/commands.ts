import { join } from "node:path";
import type { ControlPlaneProcess, ControlPlaneSpec } from "./index";
import { AUDIT_POLICY_FILE } from "./audit-policy";
import { kubeconfigFile } from "./kubeconfig";
import { CLUSTER_DOMAIN } from "./names";

/** Ports on the control plane's address, besides the API server's. All but kwok's and the approver's speak TLS. */
export const PORTS = {
  etcd: 2379,
  etcdPeer: 2380,
  controllerManager: 10257,
  scheduler: 10259,
  kwok: 10247,
  servingApprover: 10248,
} as const;

/** Nodes with this annotation are kept alive by kwok; all others are left to their kubelets. */
export const FAKE_NODE_ANNOTATION = "kwok.x-k8s.io/node=fake";

/** Loads TypeScript, from whatever folder. */
const REGISTER = join(__dirname, "../../base/register.js");

type Argv = readonly [string, ...string[]];

/** The command line of each process. Pure; keys are named by file only. */
export function controlPlaneCommands(spec: ControlPlaneSpec): Record<ControlPlaneProcess, Argv> {
  const { tools } = spec;
  const command = (program: string, flags: Record<string, string | number | boolean>): Argv => [
    program,
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ];
  return {
    etcd: command(tools.etcd, etcdFlags(spec)),
    "kube-apiserver": command(tools.kubeApiserver, apiserverFlags(spec)),
    "kube-controller-manager": command(tools.kubeControllerManager, controllerManagerFlags(spec)),
    "kube-scheduler": command(tools.kubeScheduler, schedulerFlags(spec)),
    kwok: [...command(tools.kwok, kwokFlags(spec)), ...tools.kwokStages.map((file) => `--config=${file}`)],
    "serving-approver": [
      ...([process.execPath, "--require", REGISTER, join(__dirname, "serving", "main.ts")] as const),
      ...[kubeconfigFile(spec.dir, "serving-approver"), spec.address, String(PORTS.servingApprover)],
    ],
  };
}

/**
 * What a process gets in its environment beside its starter's. Pure.
 * The API server collects garbage each time its heap has grown fivefold, not twofold as by default: each collection
 * holds up the requests of its time, and at the default there is one for every hundred pods that are created. A quarter
 * of the machine's memory is its bound, beyond which it collects as often as it must (Go, package runtime).
 * @param memoryBytes Memory of the machine.
 * @param env Of the starter, which passes it on: what it says about the heap stands.
 */
export function controlPlaneEnvironment(
  name: ControlPlaneProcess,
  memoryBytes: number,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  if (name !== "kube-apiserver") return {};
  const heap = { GOGC: "400", GOMEMLIMIT: String(Math.floor(memoryBytes / 4)) };
  return Object.fromEntries(Object.entries(heap).filter(([variable]) => env[variable] === undefined));
}

type Flags = Record<string, string | number | boolean>;

function etcdFlags({ dir, address }: ControlPlaneSpec): Flags {
  const client = `https://${address}:${PORTS.etcd}`;
  const peer = `https://${address}:${PORTS.etcdPeer}`;
  const pki = (file: string): string => join(dir, "pki", file);
  const tls = {
    "cert-file": pki("etcd.crt"),
    "key-file": pki("etcd.key"),
    "trusted-ca-file": pki("etcd-ca.crt"),
  };
  return {
    name: "lectern",
    "data-dir": join(dir, "etcd"),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `lectern=${peer}`,
    ...tls,
    ...Object.fromEntries(Object.entries(tls).map(([flag, file]) => [`peer-${flag}`, file])),
    "client-cert-auth": true,
    "peer-client-cert-auth": true,
    // A crash of the machine may lose the embedded plane's last writes; Pulumi makes them again.
    "unsafe-no-fsync": true,
    "auto-compaction-retention": "5m",
  };
}

function apiserverFlags({ dir, address, port, serviceCidr }: ControlPlaneSpec): Flags {
  const pki = (file: string): string => join(dir, "pki", file);
  return {
    "bind-address": address,
    "secure-port": port,
    "advertise-address": address,
    // A loopback address may not stand in the endpoints of the Service `kubernetes`.
    "endpoint-reconciler-type": address.startsWith("127.") ? "none" : "lease",
    "service-cluster-ip-range": serviceCidr,
    "etcd-servers": `https://${address}:${PORTS.etcd}`,
    "etcd-cafile": pki("etcd-ca.crt"),
    "etcd-certfile": pki("apiserver-etcd-client.crt"),
    "etcd-keyfile": pki("apiserver-etcd-client.key"),
    "tls-cert-file": pki("apiserver.crt"),
    "tls-private-key-file": pki("apiserver.key"),
    "client-ca-file": pki("ca.crt"),
    "kubelet-client-certificate": pki("apiserver-kubelet-client.crt"),
    "kubelet-client-key": pki("apiserver-kubelet-client.key"),
    "kubelet-preferred-address-types": "InternalIP",
    "service-account-issuer": `https://kubernetes.default.svc.${CLUSTER_DOMAIN}`,
    "service-account-key-file": pki("service-accounts.pub"),
    "service-account-signing-key-file": pki("service-accounts.key"),
    "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "proxy-client-cert-file": pki("front-proxy-client.crt"),
    "proxy-client-key-file": pki("front-proxy-client.key"),
    "authorization-mode": "Node,RBAC",
    // Beside the default set, which holds PodSecurity and both kinds of AdmissionPolicy.
    "enable-admission-plugins": "NodeRestriction,ExtendedResourceToleration",
    "enable-bootstrap-token-auth": true,
    "audit-policy-file": join(dir, AUDIT_POLICY_FILE),
    "audit-log-path": join(dir, "logs", "audit.log"),
    // Megabytes, and files of that size that are kept beside it.
    "audit-log-maxsize": 16,
    "audit-log-maxbackup": 4,
    "allow-privileged": true,
    profiling: false,
  };
}

function controllerManagerFlags({
  dir,
  address,
  podCidr,
  serviceCidr,
  certificateSeconds,
}: ControlPlaneSpec): Flags {
  const pki = (file: string): string => join(dir, "pki", file);
  const kubeconfig = kubeconfigFile(dir, "controller-manager");
  return {
    "bind-address": address,
    "secure-port": PORTS.controllerManager,
    "tls-cert-file": pki("controller-manager.crt"),
    "tls-private-key-file": pki("controller-manager.key"),
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    controllers: "*,bootstrap-signer-controller,token-cleaner-controller",
    "allocate-node-cidrs": true,
    "cluster-cidr": podCidr,
    "service-cluster-ip-range": serviceCidr,
    "cluster-signing-cert-file": pki("ca.crt"),
    "cluster-signing-key-file": pki("ca.key"),
    ...(certificateSeconds !== undefined && { "cluster-signing-duration": `${certificateSeconds}s` }),
    "root-ca-file": pki("ca.crt"),
    "service-account-private-key-file": pki("service-accounts.key"),
    "use-service-account-credentials": true,
    "leader-elect": false,
    // A claim is bound with four writes: at 20 a second (the default), the homes of 200 courses take half an hour.
    "kube-api-qps": 100,
    "kube-api-burst": 200,
    // A quota that counts objects of a new kind is first counted at the resync after the kind is found (by default 5 min).
    "resource-quota-sync-period": "10s",
    profiling: false,
  };
}

function schedulerFlags({ dir, address }: ControlPlaneSpec): Flags {
  const kubeconfig = kubeconfigFile(dir, "scheduler");
  return {
    "bind-address": address,
    "secure-port": PORTS.scheduler,
    "tls-cert-file": join(dir, "pki", "scheduler.crt"),
    "tls-private-key-file": join(dir, "pki", "scheduler.key"),
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "leader-elect": false,
    profiling: false,
  };
}

function kwokFlags({ dir, address, podCidr }: ControlPlaneSpec): Flags {
  return {
    kubeconfig: kubeconfigFile(dir, "kwok"),
    "manage-all-nodes": false,
    "manage-nodes-with-annotation-selector": FAKE_NODE_ANNOTATION,
    "node-lease-duration-seconds": 40,
    cidr: podCidr,
    "server-address": `${address}:${PORTS.kwok}`,
  };
}
