import { unitFile } from "../../base/service-unit";
import type { DhcpOptions } from "./dnsmasq";

/** What runs on a site's control gateway. */
export interface GatewayUnits {
  /** The boot service as one file there (bare-metal/gateway/program.ts). */
  readonly program: string;
  /** Node.js there. */
  readonly node: string;
  /** Address in the provisioning network. */
  readonly address: string;
  readonly port: number;
  readonly tlsPort: number;
  /** Folder of the boot service's own, with `images`. */
  readonly stateDir: string;
  /** File with the bootToken, readable by root only. */
  readonly credentials: string;
  /** dnsmasq's configuration (dnsmasq.ts). */
  readonly dnsmasqConfig: string;
  /** Network and mode of our DHCP. Default: none runs there. */
  readonly dhcp?: Pick<DhcpOptions, "network" | "mode">;
}

/** systemd's units (systemd.service(5)) for the boot service and its DHCP, by file name. */
export function renderGatewayUnits(options: GatewayUnits): Record<string, string> {
  const { program, node, address, port, tlsPort, stateDir, credentials, dnsmasqConfig, dhcp } = options;
  const service = [
    ...[node, program, "serve"],
    ...["--address", address, "--port", port, "--tls-port", tlsPort],
    ...["--state-dir", stateDir, "--credentials", credentials],
  ];
  return {
    "lectern-boot.service": unitFile("Lectern: network boot of the room's machines", [
      `ExecStart=${service.join(" ")}`,
      "ExecReload=/bin/kill -HUP $MAINPID",
      ...confined([stateDir]),
    ]),
    ...(dhcp && {
      "lectern-dhcp.service": unitFile("Lectern: DHCP and TFTP of the provisioning network", [
        // A second DHCP server in one network does harm at once.
        `ExecStartPre=${node} ${program} check-dhcp --network ${dhcp.network} --own ${address} --mode ${dhcp.mode}`,
        `ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=${dnsmasqConfig}`,
        `ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --pid-file= --user=root --log-facility=- --conf-file=${dnsmasqConfig}`,
        ...confined([stateDir]),
      ]),
    }),
  };
}

/** Writes to these folders only (systemd.exec(5)). */
function confined(writable: readonly string[]): string[] {
  return [
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "NoNewPrivileges=yes",
    `ReadWritePaths=${writable.join(" ")}`,
  ];
}
