/**
 * A unit file (systemd.unit(5), systemd.service(5)) that keeps a command of `lectern` running.
 * @param words Of the command line: program, arguments.
 */
export function serviceUnit(description: string, words: readonly string[]): string {
  return `[Unit]
Description=${description}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${words.map(quoted).join(" ")}
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
