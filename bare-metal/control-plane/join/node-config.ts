import { stringify } from "yaml";
import type { NodeConfig } from "../../boot/record";
import { cidrRange } from "../../../base/network";
import { CLUSTER_DOMAIN, NODE_NAME_SERVER } from "../names";

/** What a node is given so that it joins. */
export interface NodeJoin {
  /** Name of the Node. */
  readonly name: string;
  /** Its address in the provisioning network. */
  readonly address: string;
  /** URL of the API server as the node reaches it. */
  readonly server: string;
  /** The cluster's authority, PEM. */
  readonly caCertificate: string;
  /** Bootstrap token, `id.secret`. A secret. */
  readonly token: string;
  /** The node's own part of the pod network. */
  readonly podCidr: string;
  /** All of the pod network. */
  readonly clusterCidr: string;
  /** Image of the container that holds a pod's namespaces. */
  readonly sandboxImage: string;
  /** Whether it has GPUs of NVIDIA, and an image with the layer for them. Default: no. */
  readonly nvidia?: boolean;
  /** Registries that speak plain HTTP, `host:port`. Default: none. */
  readonly plainRegistries?: readonly string[];
  /** Time servers. Default: Debian's. */
  readonly timeServers?: readonly string[];
  /** Name servers of the node, and for what its pods ask beside the cluster's names. Default: none. */
  readonly nameServers?: readonly string[];
}

const KUBELET_CA = "/etc/kubernetes/ca.crt";
/** kubelet's own identity, which its certificate brings. */
const KUBELET_KUBECONFIG = "/etc/kubernetes/kubelet.kubeconfig";
/** Where containerd looks for the pod network. Empty after a start: no pod runs before the node holds to network policies. */
const CNI_FOLDER = "/run/cni/net.d";

/**
 * The files of a node that joins: kubelet with TLS bootstrap and a serving certificate of the cluster's authority,
 * containerd, the pod network. Pure.
 */
export function renderNodeConfig(join: NodeJoin): NodeConfig {
  const file = (path: string, content: string, mode = "0644") => ({ path, mode, content });
  return {
    files: [
      file(KUBELET_CA, join.caCertificate),
      file("/etc/kubernetes/bootstrap.kubeconfig", bootstrapKubeconfig(join), "0600"),
      file("/var/lib/kubelet/config.yaml", stringify(kubeletConfiguration()), "0600"),
      file(
        "/etc/default/kubelet",
        `KUBELET_ARGUMENTS=--hostname-override=${join.name} --node-ip=${join.address}\n`,
      ),
      // kubelet starts no pod without this file, be it empty.
      file("/etc/resolv.conf", (join.nameServers ?? []).map((server) => `nameserver ${server}\n`).join("")),
      file("/etc/kubernetes/kube-proxy.yaml", stringify(kubeProxyConfiguration(join))),
      file(
        "/etc/default/lectern-routes",
        [
          `NODE=${join.name}`,
          `SERVER=${join.server}`,
          `POD_CIDR=${join.podCidr}`,
          `CLUSTER_CIDR=${join.clusterCidr}`,
          "",
        ].join("\n"),
      ),
      file("/etc/default/node-dns", `ADDRESS=${NODE_NAME_SERVER}\n`),
      file("/etc/coredns/Corefile", corefile(join)),
      file("/etc/default/network-policies", `NODE=${join.name}\n`),
      // Taken to CNI_FOLDER by network-policies.service.
      file("/etc/cni/net.d/10-lectern.conflist", `${JSON.stringify(conflist(join), undefined, 2)}\n`),
      file("/etc/containerd/config.toml", containerdConfig(join)),
      ...(join.plainRegistries ?? []).map((registry) =>
        file(
          `/etc/containerd/certs.d/${registry.replace(":", "_")}_/hosts.toml`,
          `server = "http://${registry}"\n\n[host."http://${registry}"]\n`,
        ),
      ),
      ...(join.timeServers
        ? [
            file(
              "/etc/chrony/sources.d/lectern.sources",
              join.timeServers.map((server) => `server ${server} iburst\n`).join(""),
            ),
          ]
        : []),
    ],
    units: [
      ...(join.timeServers ? ["chrony.service"] : []),
      ...["containerd.service", "kubelet.service"],
      ...["kube-proxy.service", "network-policies.service", "node-dns.service"],
      "lectern-routes.service",
    ],
  };
}

/** kubelet.config.k8s.io/v1beta1. Trusts its authority for callers and asks the API server what they may. */
function kubeletConfiguration(): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: KUBELET_CA },
    },
    authorization: { mode: "Webhook" },
    serverTLSBootstrap: true,
    rotateCertificates: true,
    cgroupDriver: "systemd",
    clusterDNS: [NODE_NAME_SERVER],
    clusterDomain: CLUSTER_DOMAIN,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    failSwapOn: false,
    // The node's state is in memory: what it keeps of images is bounded by that.
    imageGCHighThresholdPercent: 70,
    imageGCLowThresholdPercent: 50,
    shutdownGracePeriod: "30s",
    shutdownGracePeriodCriticalPods: "10s",
  };
}

/** kubeproxy.config.k8s.io/v1alpha1: Services by nftables, under kubelet's identity. */
function kubeProxyConfiguration({ name, clusterCidr }: NodeJoin): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clientConnection: { kubeconfig: KUBELET_KUBECONFIG },
    clusterCIDR: clusterCidr,
    hostnameOverride: name,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  };
}

/** CoreDNS: Services and the pods behind them by the cluster's own word, under kubelet's identity; all else is passed on. */
function corefile({ nameServers = [] }: NodeJoin): string {
  const reverse = "in-addr.arpa ip6.arpa";
  return [
    ". {",
    `    bind ${NODE_NAME_SERVER}`,
    "    errors",
    "    cache 30",
    `    kubernetes ${CLUSTER_DOMAIN} ${reverse} {`,
    `        kubeconfig ${KUBELET_KUBECONFIG}`,
    `        fallthrough ${reverse}`,
    "    }",
    ...(nameServers.length > 0 ? [`    forward . ${nameServers.join(" ")}`] : []),
    "}",
    "",
  ].join("\n");
}

function bootstrapKubeconfig({ server, caCertificate, token }: NodeJoin): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "lectern",
          cluster: {
            server,
            "certificate-authority-data": Buffer.from(caCertificate).toString("base64"),
          },
        },
      ],
      users: [{ name: "bootstrap", user: { token } }],
      contexts: [{ name: "lectern", context: { cluster: "lectern", user: "bootstrap" } }],
      "current-context": "lectern",
    },
    { lineWidth: 0 },
  );
}

/**
 * CNI 1.0: a bridge for the node's pods, addresses from the node's own range, and ports of the host. Ways to other
 * nodes, and out, are made beside it (images/node, lectern-routes).
 */
function conflist({ podCidr }: NodeJoin): object {
  if (!cidrRange(podCidr)) throw new Error(`podCIDR ${podCidr}: not an IPv4 network`);
  return {
    cniVersion: "1.0.0",
    name: "lectern",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: podCidr }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/**
 * containerd 1.6 (Debian 12): systemd's cgroups, Debian's CNI plugins, registries by folder. On a machine with GPUs every
 * container goes through NVIDIA's runtime, which adds the devices that the device plugin gave it, and else is runc.
 */
function containerdConfig({ sandboxImage, nvidia = false }: NodeJoin): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  const runtime = (name: string, binary?: string): string[] => [
    `  [${cri}.containerd.runtimes.${name}]`,
    `    runtime_type = "io.containerd.runc.v2"`,
    `    [${cri}.containerd.runtimes.${name}.options]`,
    ...(binary === undefined ? [] : [`      BinaryName = ${JSON.stringify(binary)}`]),
    `      SystemdCgroup = true`,
  ];
  return [
    "version = 2",
    "",
    `[${cri}]`,
    `  sandbox_image = ${JSON.stringify(sandboxImage)}`,
    `  [${cri}.registry]`,
    `    config_path = "/etc/containerd/certs.d"`,
    `  [${cri}.cni]`,
    `    bin_dir = "/usr/lib/cni"`,
    `    conf_dir = ${JSON.stringify(CNI_FOLDER)}`,
    ...(nvidia ? [`  [${cri}.containerd]`, `    default_runtime_name = "nvidia"`] : []),
    ...runtime("runc"),
    ...(nvidia ? runtime("nvidia", "/usr/bin/nvidia-container-runtime") : []),
    "",
  ].join("\n");
}
