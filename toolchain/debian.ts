import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { withLock } from "../base/lock";
import { silentProgress, type Progress } from "../base/progress";
import { isProgram, onPath } from "./platform";
import { run } from "../base/run";

/** A Debian package that something here needs. */
export interface DebianPackage {
  readonly name: string;
  /** What it is for. */
  readonly purpose: string;
  /** A program (looked up in PATH and the sbin folders) or an absolute path; its presence proves the package. */
  readonly proof: string;
  /**
   * `lab`: what the virtual room runs. `node`: what builds node images. `nvidia`: what builds those with that layer.
   * `test`: what the tests need beyond these.
   */
  readonly group: "lab" | "node" | "nvidia" | "test";
}

/** All packages, for Debian 12. */
export const debianPackages: readonly DebianPackage[] = [
  { name: "openipmi", purpose: "ipmi_sim, the BMCs of the room", proof: "ipmi_sim", group: "lab" },
  { name: "ipmitool", purpose: "a foreign IPMI client", proof: "ipmitool", group: "test" },
  { name: "freeipmi-tools", purpose: "a second foreign IPMI client", proof: "ipmipower", group: "test" },
  { name: "prometheus", purpose: "what scrapes the ledger's metrics", proof: "prometheus", group: "test" },
  { name: "openssh-client", purpose: "commands on other machines", proof: "ssh", group: "test" },
  { name: "openssh-server", purpose: "a machine to run commands on", proof: "sshd", group: "test" },
  {
    name: "systemd",
    purpose: "a control gateway that runs its units",
    proof: "/lib/systemd/systemd",
    group: "test",
  },
  { name: "python3-pip", purpose: "getting the Python packages of tests", proof: "pip3", group: "test" },
  { name: "opensm", purpose: "the subnet manager", proof: "opensm", group: "lab" },
  { name: "ibsim-utils", purpose: "the simulated InfiniBand fabric", proof: "ibsim", group: "lab" },
  { name: "infiniband-diags", purpose: "reading partitions back", proof: "smpquery", group: "lab" },
  { name: "ceph-mon", purpose: "the storage cluster", proof: "ceph-mon", group: "lab" },
  { name: "ceph-mgr", purpose: "the storage cluster", proof: "ceph-mgr", group: "lab" },
  { name: "ceph-osd", purpose: "the storage cluster", proof: "ceph-osd", group: "lab" },
  { name: "ceph-mds", purpose: "CephFS", proof: "ceph-mds", group: "lab" },
  { name: "ceph-common", purpose: "the commands of Ceph", proof: "ceph", group: "lab" },
  { name: "ceph-fuse", purpose: "mounting homes and data sets", proof: "ceph-fuse", group: "lab" },
  {
    name: "python3-rados",
    purpose: "running Ceph's commands, many in one session",
    proof: "/var/lib/dpkg/info/python3-rados.list",
    group: "lab",
  },
  {
    name: "python3-cephfs",
    purpose: "what a home holds, and putting out a revoked client",
    proof: "/var/lib/dpkg/info/python3-cephfs.list",
    group: "lab",
  },
  { name: "docker-registry", purpose: "the image registry", proof: "docker-registry", group: "lab" },
  { name: "buildah", purpose: "building course images", proof: "buildah", group: "lab" },
  { name: "skopeo", purpose: "reading images back", proof: "skopeo", group: "lab" },
  { name: "iproute2", purpose: "addresses of pods on lo", proof: "ip", group: "lab" },
  { name: "mmdebstrap", purpose: "unpacking Debian into a node image", proof: "mmdebstrap", group: "node" },
  { name: "squashfs-tools", purpose: "packing a node's root", proof: "mksquashfs", group: "node" },
  { name: "grub-common", purpose: "a node's boot loader", proof: "grub-mkimage", group: "node" },
  {
    name: "grub-pc-bin",
    purpose: "a node's boot loader for a BIOS",
    proof: "/usr/lib/grub/i386-pc/boot.img",
    group: "node",
  },
  {
    name: "grub-efi-amd64-bin",
    purpose: "a node's boot loader for UEFI",
    proof: "/usr/lib/grub/x86_64-efi/normal.mod",
    group: "node",
  },
  { name: "gcc", purpose: "compiling what loads NVIDIA's libraries", proof: "gcc", group: "nvidia" },
  {
    name: "libc6-dev",
    purpose: "compiling what loads NVIDIA's libraries",
    proof: "/usr/include/dlfcn.h",
    group: "nvidia",
  },
  { name: "dnsmasq-base", purpose: "DHCP and TFTP of the network boot", proof: "dnsmasq", group: "test" },
  {
    name: "ipxe",
    purpose: "first programs of the network boot",
    proof: "/usr/lib/ipxe/snponly.efi",
    group: "test",
  },
  { name: "qemu-system-x86", purpose: "a virtual machine", proof: "qemu-system-x86_64", group: "test" },
  {
    name: "ipxe-qemu",
    purpose: "the virtual machine's network firmware",
    proof: "/usr/lib/ipxe/qemu/pxe-virtio.rom",
    group: "test",
  },
  {
    name: "ovmf",
    purpose: "UEFI of a virtual machine",
    proof: "/usr/share/OVMF/OVMF_CODE_4M.fd",
    group: "test",
  },
  {
    name: "nginx-light",
    purpose: "a web server to compare the boot service with",
    proof: "nginx",
    group: "test",
  },
  { name: "jq", purpose: "what nodes tell of themselves", proof: "jq", group: "test" },
  { name: "attr", purpose: "trying to lift a quota", proof: "setfattr", group: "test" },
  { name: "openssl", purpose: "looking at certificates", proof: "openssl", group: "lab" },
  { name: "e2fsprogs", purpose: "disks with ext2, ext3, ext4", proof: "mkfs.ext4", group: "test" },
  { name: "xfsprogs", purpose: "disks with XFS", proof: "mkfs.xfs", group: "test" },
  { name: "btrfs-progs", purpose: "disks with btrfs", proof: "mkfs.btrfs", group: "test" },
  { name: "dosfstools", purpose: "disks with FAT", proof: "mkfs.fat", group: "test" },
  { name: "ntfs-3g", purpose: "disks with NTFS", proof: "mkntfs", group: "test" },
  { name: "gdisk", purpose: "disks with a GPT", proof: "sgdisk", group: "test" },
  { name: "mtools", purpose: "files of a node's boot partition", proof: "mcopy", group: "test" },
  { name: "fdisk", purpose: "disks with an MBR", proof: "sfdisk", group: "test" },
  { name: "cryptsetup-bin", purpose: "disks with LUKS", proof: "cryptsetup", group: "test" },
  { name: "util-linux", purpose: "a second opinion on disks", proof: "wipefs", group: "test" },
  {
    name: "busybox-static",
    purpose: "the smallest base image",
    proof: "/var/lib/dpkg/info/busybox-static.list",
    group: "lab",
  },
];

const SBIN = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_MARK = "# written by lectern while it installs packages";

/** The packages of these groups that are not there. Looks at files only, so it costs nothing. */
export function missingPackages(
  groups: readonly DebianPackage["group"][],
  env: NodeJS.ProcessEnv = process.env,
): DebianPackage[] {
  return debianPackages.filter((p) => groups.includes(p.group) && !isThere(p.proof, env));
}

/** What an operator runs to install packages by hand. */
export function installCommand(names: readonly string[]): string {
  return `apt-get update && apt-get install --yes --no-install-recommends ${names.join(" ")}`;
}

/**
 * Installs what is missing of these groups with apt-get; starts no service.
 * @throws {Error} with the command for the operator, where this process is not root or there is no apt-get
 */
export async function ensurePackages(
  groups: readonly DebianPackage["group"][],
  { progress = silentProgress, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<void> {
  const names = missingPackages(groups).map((p) => p.name);
  if (names.length === 0) return;
  if (process.getuid?.() !== 0 || onPath("apt-get", process.env).length === 0) {
    throw new Error(`missing Debian packages; as root on Debian 12 run:\n  ${installCommand(names)}`);
  }
  const call = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    ...(signal ? { signal } : {}),
  };
  const apt = ["apt-get", "--yes", "-o", "DPkg::Lock::Timeout=300"] as const;
  await progress.step(`install Debian packages: ${names.join(" ")}`, (note) =>
    withLock(
      "/run/lock/lectern-packages.lock",
      async () => {
        note("apt-get update");
        await run([...apt, "update"], call);
        note("apt-get install");
        await withoutServices(() => run([...apt, "install", "--no-install-recommends", ...names], call));
      },
      { onWait: (holder) => note(`waiting for process ${holder.pid}`), ...(signal ? { signal } : {}) },
    ),
  );
  const left = missingPackages(groups).map((p) => p.name);
  if (left.length > 0)
    throw new Error(`apt-get installed ${left.join(", ")}, and yet nothing of it is there`);
}

/**
 * Runs `work` while packages may not start what they bring (invoke-rc.d and deb-systemd-invoke ask policy-rc.d).
 * A policy of the operator's own stays in force.
 */
export async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  const foreign = existsSync(POLICY) && !readFileSync(POLICY, "utf8").includes(POLICY_MARK);
  if (foreign) return work();
  // 101: action forbidden by policy. One left by a killed run carries the mark and is replaced.
  writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`, { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(POLICY, { force: true });
  }
}

function isThere(proof: string, env: NodeJS.ProcessEnv): boolean {
  if (isAbsolute(proof)) return existsSync(proof);
  return onPath(proof, env).length > 0 || SBIN.some((dir) => isProgram(`${dir}/${proof}`));
}
