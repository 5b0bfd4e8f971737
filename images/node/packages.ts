/** Debian's release that nodes run. */
export const SUITE = "bookworm";

/** Kernels to choose from: `server` has the drivers of real machines, `cloud` those of virtual ones only. */
export const KERNELS = { server: "linux-image-amd64", cloud: "linux-image-cloud-amd64" } as const;
export type KernelFlavor = keyof typeof KERNELS;

/** What every node has, by purpose. */
export const PACKAGES = {
  "starting up": ["initramfs-tools", "busybox", "zstd", "systemd", "systemd-sysv", "dbus", "udev", "kmod"],
  "containers and their network": [
    "containerd",
    "runc",
    "containernetworking-plugins",
    "iptables",
    "nftables",
    "conntrack",
    "ethtool",
    "iproute2",
    "procps",
  ],
  "InfiniBand and RDMA": ["rdma-core", "ibverbs-utils", "infiniband-diags"],
  "installing to a disk": ["nodejs", "fdisk", "dosfstools", "mtools", "util-linux-extra"],
  time: ["chrony"],
  "what is watched": ["prometheus-node-exporter"],
  "a person's way in": ["openssh-server"],
  "the boot agent": ["ca-certificates", "curl", "jq", "pciutils"],
} as const satisfies Record<string, readonly string[]>;

/** Layers for machines with more than the base: packages that the site's mirror holds. */
export const LAYERS = {
  nvidia: {
    packages: ["nvidia-driver", "nvidia-smi", "nvidia-container-toolkit"],
    /** Debian's own components that these need beside `main`. */
    components: ["contrib", "non-free", "non-free-firmware"],
  },
} as const satisfies Record<string, { packages: readonly string[]; components: readonly string[] }>;
export type LayerName = keyof typeof LAYERS;

/** Everything that is asked for, sorted. What it depends on comes along. */
export function packagesOf(kernel: KernelFlavor, layers: readonly LayerName[]): string[] {
  return [
    KERNELS[kernel],
    ...Object.values(PACKAGES).flat(),
    ...layers.flatMap((layer) => LAYERS[layer].packages),
  ].sort();
}
