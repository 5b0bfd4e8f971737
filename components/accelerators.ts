import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { RuntimeClass } from "@pulumi/kubernetes/node/v1/runtimeClass";
import * as pulumi from "@pulumi/pulumi";
import { SYSTEM_NAMESPACE } from "./kubernetes-cluster";
import { RDMA_SHARES } from "./plan/site-plan";

export interface AcceleratorsArgs {
  /** Image of NVIDIA's device plugin. */
  readonly nvidiaPluginImage?: string;
  /** Image of the RDMA shared device plugin. */
  readonly rdmaPluginImage?: string;
}

/** Mellanox (15b3) HCAs, as the RDMA shared device plugin selects them. */
const RDMA_CONFIG = {
  configList: [
    {
      resourceName: "hca_shared_devices_a",
      resourcePrefix: "rdma",
      rdmaHcaMax: RDMA_SHARES,
      selectors: { vendors: ["15b3"], linkTypes: ["infiniband"] },
    },
  ],
};

/** GPUs and HCAs as resources of pods: NVIDIA's device plugin and the RDMA shared device plugin on the nodes that have such devices. */
export class Accelerators extends pulumi.ComponentResource {
  constructor(name: string, args: AcceleratorsArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:Accelerators", name, {}, options);
    const child = { parent: this };
    const runtime = new RuntimeClass("nvidia", { metadata: { name: "nvidia" }, handler: "nvidia" }, child);
    devicePlugin(
      "nvidia-device-plugin",
      {
        image: args.nvidiaPluginImage ?? "nvcr.io/nvidia/k8s-device-plugin:v0.15.0",
        nodeSelector: { "nvidia.com/gpu.present": "true" },
        hostPaths: {},
        // It talks to the driver, whose libraries this runtime brings.
        runtimeClassName: runtime.metadata.name,
        // By mounts, which only a kubelet can make for a pod of a course: no variable in a pod reaches a GPU.
        args: ["--fail-on-init-error=true", "--device-list-strategy=volume-mounts"],
      },
      child,
    );
    const config = new ConfigMap(
      "rdma-devices",
      {
        metadata: { name: "rdma-devices", namespace: SYSTEM_NAMESPACE },
        data: { "config.json": JSON.stringify(RDMA_CONFIG, null, 2) },
      },
      child,
    );
    devicePlugin(
      "rdma-shared-device-plugin",
      {
        image: args.rdmaPluginImage ?? "ghcr.io/mellanox/k8s-rdma-shared-dev-plugin:v1.5.3",
        nodeSelector: { "lectern.dev/rdma": "true" },
        hostPaths: { "infiniband-class": "/sys/class/infiniband", devices: "/dev" },
        config: { name: config.metadata.name, mountPath: "/k8s-rdma-shared-dev-plugin" },
        args: [],
      },
      child,
    );
    this.registerOutputs({});
  }
}

interface DevicePlugin {
  readonly image: string;
  readonly args: string[];
  readonly nodeSelector: Record<string, string>;
  /** Default: the node's default. */
  readonly runtimeClassName?: pulumi.Input<string>;
  /** Folders of the host, by volume name, beside the kubelet's device plugin socket. */
  readonly hostPaths: Readonly<Record<string, string>>;
  readonly config?: { readonly name: pulumi.Input<string>; readonly mountPath: string };
}

function devicePlugin(name: string, plugin: DevicePlugin, options: pulumi.CustomResourceOptions): DaemonSet {
  const labels = { "app.kubernetes.io/name": name };
  const hostPaths = { "device-plugins": "/var/lib/kubelet/device-plugins", ...plugin.hostPaths };
  return new DaemonSet(
    name,
    {
      metadata: { name, namespace: SYSTEM_NAMESPACE, labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: plugin.nodeSelector,
            ...(plugin.runtimeClassName !== undefined && { runtimeClassName: plugin.runtimeClassName }),
            priorityClassName: "system-node-critical",
            // Devices are wanted on every node that has them, whatever else is kept off it.
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name,
                image: plugin.image,
                args: plugin.args,
                securityContext: { privileged: true },
                resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                volumeMounts: [
                  ...Object.entries(hostPaths).map(([volume, mountPath]) => ({ name: volume, mountPath })),
                  ...(plugin.config ? [{ name: "config", mountPath: plugin.config.mountPath }] : []),
                ],
              },
            ],
            volumes: [
              ...Object.entries(hostPaths).map(([volume, path]) => ({ name: volume, hostPath: { path } })),
              ...(plugin.config ? [{ name: "config", configMap: { name: plugin.config.name } }] : []),
            ],
          },
        },
      },
    },
    options,
  );
}
