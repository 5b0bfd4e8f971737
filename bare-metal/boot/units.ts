/** What runs on a site's control gateway. */
export interface GatewayUnits {
  /** Folder of a clone of Lectern on the gateway, and of Node.js there. */
  readonly lectern: string;
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
}

/** systemd's units (systemd.service(5)) for the boot service and its DHCP, by file name. */
export function renderGatewayUnits(options: GatewayUnits): Record<string, string> {
  const { lectern, node, address, port, tlsPort, stateDir, credentials, dnsmasqConfig } = options;
  const service = [
    ...[node, "-r", "lectern/register", `${lectern}/bare-metal/boot/main.ts`],
    ...["--address", address, "--port", port, "--tls-port", tlsPort],
    ...["--state-dir", stateDir, "--credentials", credentials],
  ];
  return {
    "lectern-boot.service": unit({
      description: "Lectern: network boot of the room's machines",
      service: [
        `WorkingDirectory=${lectern}`,
        `ExecStart=${service.join(" ")}`,
        "ExecReload=/bin/kill -HUP $MAINPID",
        ...confined([stateDir]),
      ],
    }),
    "lectern-dhcp.service": unit({
      description: "Lectern: DHCP and TFTP of the provisioning network",
      service: [
        `ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=${dnsmasqConfig}`,
        `ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --user=root --log-facility=- --conf-file=${dnsmasqConfig}`,
        ...confined([stateDir]),
      ],
    }),
  };
}

function unit({ description, service }: { description: string; service: readonly string[] }): string {
  return [
    "[Unit]",
    `Description=${description}`,
    "Wants=network-online.target",
    "After=network-online.target",
    "",
    "[Service]",
    ...service,
    "Restart=always",
    "RestartSec=2",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

/** Writes to these folders only (systemd.exec(5)). */
function confined(writable: readonly string[]): string[] {
  return [
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "NoNewPrivileges=yes",
    `ReadWritePaths=${writable.join(" ")}`,
    // What is transpiled is kept where the service may write.
    `Environment=LECTERN_CACHE=${writable[0]}/cache`,
  ];
}
