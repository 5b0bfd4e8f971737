import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How to reach a machine, as in @pulumi/command's `remote.ConnectionArgs`. */
export interface Connection {
  readonly host: string;
  /** Default: 22. */
  readonly port?: number;
  /** Default: root. */
  readonly user?: string;
  readonly password?: string;
  /** Text of the key, in OpenSSH or PEM form. */
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** The server's public key. Default: any key is taken. */
  readonly hostKey?: string;
  /** How often to try. Default: 10; -1 for ever. */
  readonly dialErrorLimit?: number;
  /** Seconds for one try. Default: 15. */
  readonly perDialTimeout?: number;
  /** A machine to go through. */
  readonly proxy?: Connection;
}

/** A prepared connection: arguments and environment for ssh and scp, and the name to reach the machine by. */
export interface Prepared {
  readonly options: readonly string[];
  readonly host: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes what ssh needs into a folder of its own, mode 0700, and removes it afterwards. Keys go into files and passwords
 * into the environment: neither is ever on a command line.
 * @param sendEnv Names of variables that the server is asked to accept (`AcceptEnv` of sshd_config(5)).
 */
export async function withConnection<T>(
  connection: Connection,
  sendEnv: readonly string[],
  use: (prepared: Prepared) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "lectern-ssh-"));
  try {
    const file = (name: string, text: string) => writeFile(join(dir, name), text, { mode: 0o600 });
    const { proxy } = connection;
    const hosts = proxy
      ? ([
          ["target", connection],
          ["proxy", proxy],
        ] as const)
      : ([["target", connection]] as const);
    const config: string[] = [];
    for (const [name, host] of hosts) {
      if (host.privateKey !== undefined) await file(`${name}.key`, host.privateKey.trimEnd() + "\n");
      if (host.hostKey !== undefined) await file(`${name}.known`, knownHost(host) + "\n");
      config.push(...hostConfig(dir, name, host, name === "target" ? sendEnv : [], proxy !== undefined));
    }
    await file("config", config.join("\n") + "\n");
    await writeFile(join(dir, "askpass"), ASKPASS, { mode: 0o700 });
    const secret = connection.password ?? connection.privateKeyPassword;
    return await use({
      options: ["-F", join(dir, "config")],
      host: "target",
      env: {
        ...(secret === undefined ? {} : { LECTERN_SSH_SECRET: secret }),
        SSH_ASKPASS: join(dir, "askpass"),
        SSH_ASKPASS_REQUIRE: "force",
      },
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$LECTERN_SSH_SECRET"\n';

function hostConfig(
  dir: string,
  name: string,
  host: Connection,
  sendEnv: readonly string[],
  throughProxy: boolean,
): string[] {
  const byPassword = host.password !== undefined;
  const limit = host.dialErrorLimit ?? 10;
  const lines = [
    `HostName ${oneWord(host.host)}`,
    `Port ${host.port ?? 22}`,
    `User ${oneWord(host.user ?? "root")}`,
    `ConnectTimeout ${host.perDialTimeout ?? 15}`,
    `ConnectionAttempts ${limit < 0 ? 1_000_000 : limit + 1}`,
    "LogLevel ERROR",
    `BatchMode ${byPassword || host.privateKeyPassword !== undefined ? "no" : "yes"}`,
    "NumberOfPasswordPrompts 1",
    `PreferredAuthentications ${byPassword ? "password,keyboard-interactive" : "publickey"}`,
    ...(host.privateKey === undefined
      ? []
      : [`IdentityFile ${join(dir, `${name}.key`)}`, "IdentitiesOnly yes"]),
    ...(host.agentSocketPath === undefined ? [] : [`IdentityAgent ${oneWord(host.agentSocketPath)}`]),
    ...(host.hostKey === undefined
      ? ["StrictHostKeyChecking no", "UserKnownHostsFile /dev/null"]
      : ["StrictHostKeyChecking yes", `UserKnownHostsFile ${join(dir, `${name}.known`)}`]),
    "GlobalKnownHostsFile /dev/null",
    ...(name === "target" && throughProxy ? ["ProxyJump proxy"] : []),
    ...sendEnv.map((variable) => `SendEnv ${oneWord(variable)}`),
  ];
  return [`Host ${name}`, ...lines.map((line) => `  ${line}`)];
}

function knownHost(host: Connection): string {
  const port = host.port ?? 22;
  return `${port === 22 ? host.host : `[${host.host}]:${port}`} ${(host.hostKey ?? "").trim()}`;
}

/** ssh_config(5) has no quoting that is safe for line ends; none of these values has a use for blanks. */
function oneWord(value: string): string {
  if (!/^[^\s"#]+$/.test(value))
    throw new Error(`${JSON.stringify(value)} cannot be used in an ssh configuration`);
  return value;
}
