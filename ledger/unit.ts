/** What the unit file names. */
export interface UnitOptions {
  readonly dir: string;
  readonly kubeconfig: string;
  /** `address:port`. Default: no metrics. */
  readonly listen?: string | undefined;
  /** The node program, and bin/lectern.js of the clone. */
  readonly node: string;
  readonly program: string;
}

/** A unit file (systemd.unit(5), systemd.service(5)) that keeps a recorder running. */
export function ledgerUnit({ dir, kubeconfig, listen, node, program }: UnitOptions): string {
  const flags = [
    "--dir",
    dir,
    "--kubeconfig",
    kubeconfig,
    ...(listen === undefined ? [] : ["--listen", listen]),
  ];
  const command = [node, program, "ledger", "serve", ...flags].map(quoted).join(" ");
  return `[Unit]
Description=Lectern's ledger of GPUs
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${command}
Restart=always
RestartSec=2
# The status of a command that was told to end.
SuccessExitStatus=130
UMask=0077
NoNewPrivileges=yes
ProtectSystem=full
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line as systemd reads it. */
function quoted(word: string): string {
  const safe = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./:=@%$+-]+$/.test(safe) ? safe : `"${safe.replace(/["\\]/g, "\\$&")}"`;
}
