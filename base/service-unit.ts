/**
 * A unit file (systemd.unit(5), systemd.service(5)) of a service that is started again whenever it ends.
 * @param service Lines of its section `Service`.
 */
export function unitFile(description: string, service: readonly string[]): string {
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

/**
 * A unit file that keeps a command of `lectern` running.
 * @param words Of the command line: program, arguments.
 */
export function serviceUnit(description: string, words: readonly string[]): string {
  return unitFile(description, [
    `ExecStart=${words.map(quoted).join(" ")}`,
    "# The status of a command that was told to end.",
    "SuccessExitStatus=130",
    "UMask=0077",
    "NoNewPrivileges=yes",
    "ProtectSystem=full",
    "PrivateTmp=yes",
  ]);
}

/** A word of a command line as systemd reads it. */
function quoted(word: string): string {
  const safe = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./:=@%$+-]+$/.test(safe) ? safe : `"${safe.replace(/["\\]/g, "\\$&")}"`;
}
