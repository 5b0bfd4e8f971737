import type { ImageSet } from "../boot/images";
import { type DhcpOptions, FIRST_SCRIPT, renderDnsmasq, renderFirstScript } from "../boot/dnsmasq";
import { renderGatewayUnits } from "../boot/units";

/** Folders of a gateway (file-hierarchy(7)). */
export const GATEWAY = {
  programs: "/usr/local/lib/lectern",
  state: "/var/lib/lectern",
  images: "/var/lib/lectern/images",
  tftp: "/var/lib/lectern/tftp",
  config: "/etc/lectern",
  units: "/etc/systemd/system",
} as const;

export const BOOT_UNIT = "lectern-boot.service";
export const DHCP_UNIT = "lectern-dhcp.service";

export interface GatewayOptions {
  /** The boot service: an address of the gateway in the provisioning network, and its ports. */
  readonly boot: { readonly address: string; readonly port: number; readonly tlsPort: number };
  /** The administrator's token of the boot service. A secret. */
  readonly token: string;
  /** Default: none runs there. */
  readonly dhcp?: Omit<DhcpOptions, "bootUrl" | "tftpDir" | "leaseFile">;
  /** What there is to boot: the service's own set, and others by name. */
  readonly images: { readonly own: ImageSet; readonly named?: Readonly<Record<string, ImageSet>> };
  /** SHA-256 of the program (program.ts). */
  readonly program: string;
  /** Node.js there. */
  readonly node: string;
}

/** A file of a gateway, and which unit must do what when it changes. */
export interface GatewayFile {
  readonly path: string;
  /** Octal, such as `0600`. */
  readonly mode: string;
  /** May hold secrets. */
  readonly content: string;
  readonly changes: { readonly unit: string; readonly by: "restart" | "reload" };
}

export interface GatewayPlan {
  /** Folders, made in this order, with mode 0755 but for the state's, 0700. */
  readonly folders: readonly { readonly path: string; readonly mode: string }[];
  readonly files: readonly GatewayFile[];
  /** In the order of their start. */
  readonly units: readonly string[];
  /** Where the program is copied to. */
  readonly programPath: string;
  /** The boot service, for machines and over TLS. */
  readonly url: string;
  readonly secureUrl: string;
  readonly options: Pick<GatewayOptions, "boot" | "node" | "dhcp">;
}

/**
 * All of a gateway but the program and the images' files.
 * @throws {FaultsError} with every fault of the DHCP's addresses
 */
export function planGateway(options: GatewayOptions): GatewayPlan {
  const { boot, token, dhcp, images, program, node } = options;
  const url = `http://${boot.address}:${boot.port}`;
  const programPath = `${GATEWAY.programs}/${programName(program)}`;
  const credentials = `${GATEWAY.config}/credentials.json`;
  const dnsmasqConfig = `${GATEWAY.config}/dnsmasq.conf`;
  const units = renderGatewayUnits({
    ...boot,
    program: programPath,
    node,
    stateDir: GATEWAY.state,
    credentials,
    dnsmasqConfig,
    ...(dhcp && { dhcp: { network: dhcp.network, mode: dhcp.mode } }),
  });
  const file = (
    path: string,
    content: string,
    unit: string,
    { mode = "0644", by = "restart" as GatewayFile["changes"]["by"] } = {},
  ): GatewayFile => ({ path, mode, content, changes: { unit, by } });
  const imageFile = (name: string, set: ImageSet): GatewayFile =>
    file(`${GATEWAY.images}/${name}`, `${JSON.stringify(set, undefined, 2)}\n`, BOOT_UNIT, { by: "reload" });
  return {
    folders: [
      { path: GATEWAY.programs, mode: "0755" },
      { path: GATEWAY.config, mode: "0755" },
      { path: GATEWAY.state, mode: "0700" },
      { path: GATEWAY.images, mode: "0755" },
      ...(dhcp ? [{ path: GATEWAY.tftp, mode: "0755" }] : []),
    ],
    files: [
      file(credentials, `${JSON.stringify({ bootToken: token })}\n`, BOOT_UNIT, { mode: "0600" }),
      imageFile("images.json", images.own),
      ...Object.entries(images.named ?? {}).map(([name, set]) => imageFile(`${name}.images.json`, set)),
      ...Object.entries(units).map(([name, text]) => file(`${GATEWAY.units}/${name}`, text, name)),
      ...(dhcp
        ? [
            file(
              dnsmasqConfig,
              renderDnsmasq({
                ...dhcp,
                bootUrl: url,
                tftpDir: GATEWAY.tftp,
                leaseFile: `${GATEWAY.state}/leases`,
              }),
              DHCP_UNIT,
            ),
            file(`${GATEWAY.tftp}/${FIRST_SCRIPT}`, renderFirstScript(url), DHCP_UNIT),
          ]
        : []),
    ],
    units: Object.keys(units),
    programPath,
    url,
    secureUrl: `https://${boot.address}:${boot.tlsPort}`,
    options: { boot, node, ...(dhcp && { dhcp }) },
  };
}

/** Each version has a name of its own, so that one that runs is never written over. */
function programName(sha256: string): string {
  return `boot-${sha256.slice(0, 16)}.js`;
}
