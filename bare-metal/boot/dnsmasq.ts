import { FaultCollector } from "../../base/faults";
import { cidrContains, cidrRange, ipv4ToNumber } from "../../base/network";

/** Programs that dnsmasq hands out over TFTP, as Debian's package `ipxe` names them in /usr/lib/ipxe. */
export const FIRMWARE_FILES = ["undionly.kpxe", "snponly.efi"] as const;
/** iPXE's first script, beside them. */
export const FIRST_SCRIPT = "boot.ipxe";

/** Client architectures (RFC 4578, 2.1; IANA's registry of processor architecture types) and what they are given. */
const ARCHITECTURES = [
  { tag: "bios", codes: [0], service: ["x86PC"], file: "undionly.kpxe" },
  { tag: "uefi", codes: [7, 9], service: ["X86-64_EFI", "BC_EFI"], file: "snponly.efi" },
] as const;

export interface DhcpOptions {
  /** Interface of the provisioning network, such as `eno2`. */
  readonly interface: string;
  /** Network of the machines, CIDR. */
  readonly network: string;
  /**
   * `server`: the only DHCP server of the network. `proxy`: another one gives the addresses, this one adds how to boot
   * (PXE specification 2.1, 2.2.2).
   */
  readonly mode: "server" | "proxy";
  /** Addresses for machines that are not registered, first and last. Default: such machines get none. Not for `proxy`. */
  readonly discovery?: readonly [first: string, last: string];
  /** Default gateway that machines are told. Default: none. */
  readonly gateway?: string;
  /** The boot service, without a path. */
  readonly bootUrl: string;
  /** Folder of {@link FIRMWARE_FILES} and {@link FIRST_SCRIPT}. */
  readonly tftpDir: string;
  readonly leaseFile: string;
  readonly machines: readonly { readonly mac: string; readonly name: string; readonly address: string }[];
}

/**
 * dnsmasq's configuration for network boot (dnsmasq(8)): no DNS, DHCP or proxy-DHCP, TFTP for the first programs.
 * @throws {FaultsError} with every fault: addresses outside of the network, two machines with one MAC or address
 */
export function renderDnsmasq(options: DhcpOptions): string {
  check(options);
  const { mode, network, discovery, gateway, machines } = options;
  const [first = ""] = network.split("/");
  return [
    "port=0",
    `interface=${options.interface}`,
    "except-interface=lo",
    "bind-dynamic",
    "log-dhcp",
    ...(mode === "proxy"
      ? [`dhcp-range=${first},proxy,${netmask(network)}`]
      : [
          "dhcp-authoritative",
          "# Addresses are written down; asking around before each offer takes seconds.",
          "no-ping",
          `dhcp-leasefile=${options.leaseFile}`,
          `dhcp-range=set:known,${first},static,${netmask(network)},1h`,
          ...(discovery ? [`dhcp-range=${discovery.join(",")},${netmask(network)},10m`] : []),
          gateway === undefined ? "dhcp-option=option:router" : `dhcp-option=option:router,${gateway}`,
          ...machines.map(({ mac, name, address }) => `dhcp-host=${mac},${address},${name}`),
        ]),
    "",
    "enable-tftp",
    `tftp-root=${options.tftpDir}`,
    "# iPXE says so in its user class, or sends its own option.",
    "dhcp-userclass=set:ipxe,iPXE",
    "dhcp-match=set:ipxe,175",
    ...ARCHITECTURES.flatMap(({ tag, codes }) =>
      codes.map((code) => `dhcp-match=set:${tag},option:client-arch,${code}`),
    ),
    ...(mode === "proxy"
      ? ARCHITECTURES.flatMap(({ service, file }) =>
          service.flatMap((name) => [
            `pxe-service=tag:!ipxe,${name},"network boot",${file}`,
            `pxe-service=tag:ipxe,${name},"network boot",${FIRST_SCRIPT}`,
          ]),
        )
      : ARCHITECTURES.map(({ tag, file }) => `dhcp-boot=tag:!ipxe,tag:${tag},${file}`)),
    `dhcp-boot=tag:ipxe,${FIRST_SCRIPT}`,
    "",
  ].join("\n");
}

/** iPXE's first script: asks the boot service for the machine's own one until it answers. */
export function renderFirstScript(bootUrl: string): string {
  return [
    "#!ipxe",
    ":ask",
    `imgfetch --name lectern ${bootUrl}/boot/\${netX/mac} && goto run ||`,
    `echo The boot service at ${bootUrl} does not answer; next try in 5 seconds`,
    "sleep 5",
    "goto ask",
    ":run",
    "chain lectern",
    "",
  ].join("\n");
}

function check({ network, mode, discovery, gateway, machines }: DhcpOptions): void {
  const faults = new FaultCollector();
  const inside = (path: string, address: string): void => {
    if (cidrContains(network, address) !== true)
      faults.add(
        path,
        address,
        `not in the provisioning network ${network}`,
        "correct the address or the network",
      );
  };
  if (!cidrRange(network)) faults.add("network", network, "not an IPv4 network", "such as 10.1.0.0/24");
  if (gateway !== undefined) inside("gateway", gateway);
  if (discovery && mode === "proxy")
    faults.add(
      "discovery",
      discovery.join("-"),
      "a proxy gives no addresses",
      "leave it out: the other server's range serves",
    );
  discovery?.forEach((address, i) => inside(`discovery[${i}]`, address));
  const range = discovery?.map((address) => ipv4ToNumber(address) ?? NaN);
  const seen = new Map<string, string>();
  machines.forEach(({ mac, name, address }, i) => {
    inside(`machines[${i}].address`, address);
    const at = ipv4ToNumber(address) ?? NaN;
    if (range && at >= (range[0] as number) && at <= (range[1] as number))
      faults.add(
        `machines[${i}].address`,
        address,
        "lies among those for unknown machines",
        "move one of the two",
      );
    for (const [what, value] of [
      ["mac", mac],
      ["address", address],
    ] as const) {
      const other = seen.get(value);
      if (other !== undefined)
        faults.add(`machines[${i}].${what}`, value, `${other} has it too`, "give each machine its own");
      seen.set(value, name);
    }
  });
  faults.throwIfAny("DHCP of the provisioning network");
}

function netmask(cidr: string): string {
  const bits = Number(cidr.split("/")[1]);
  return [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - from)))).join(".");
}
