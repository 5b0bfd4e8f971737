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

/** What a module of these kernels is built with. */
const HEADERS = { server: "linux-headers-amd64", cloud: "linux-headers-cloud-amd64" } as const;

interface Layer {
  readonly packages: readonly string[];
  /** Debian's own components that these need beside `main`. */
  readonly components: readonly string[];
  /** Whether modules are built for the kernel while the image is made. */
  readonly modules: boolean;
}

/** Layers for machines with more than the base. Each has a folder in layers/, with what it does to an image. */
export const LAYERS = {
  nvidia: {
    packages: [
      // The driver, which dkms builds, its firmware, and what loads it.
      "nvidia-kernel-dkms",
      "nvidia-kernel-support",
      "nvidia-modprobe",
      "nvidia-persistenced",
      "firmware-nvidia-gsp",
      // What containers are given of it: CUDA, its compiler, OpenCL, video.
      "libcuda1",
      "libnvidia-ptxjitcompiler1",
      "libnvidia-nvvm4",
      "nvidia-opencl-icd",
      "libnvcuvid1",
      "libnvidia-encode1",
      "nvidia-smi",
    ],
    components: ["contrib", "non-free", "non-free-firmware"],
    modules: true,
  },
} as const satisfies Record<string, Layer>;
export type LayerName = keyof typeof LAYERS;

/** Everything that is asked for, sorted. What it depends on comes along. */
export function packagesOf(kernel: KernelFlavor, layers: readonly LayerName[]): string[] {
  return [
    KERNELS[kernel],
    ...Object.values(PACKAGES).flat(),
    ...layers.flatMap((layer) => LAYERS[layer].packages),
    ...(layers.some((layer) => LAYERS[layer].modules) ? [HEADERS[kernel]] : []),
  ].sort();
}
