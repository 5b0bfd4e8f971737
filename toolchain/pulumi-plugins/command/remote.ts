import { randomBytes } from "node:crypto";
import { hasUnknown, type CheckFailure, type Properties, type ResourceKind } from "../../../base/provider";
import { run } from "./run";
import { scriptKind, type ScriptInputs } from "./scripts";
import { withConnection, type Connection } from "./ssh";

interface RemoteInputs extends ScriptInputs {
  readonly connection: Connection;
}

/** `command.remote.Command`, by the ssh client of this machine. */
export const remoteCommand = scriptKind<RemoteInputs>(
  "command:remote:Command",
  (script, inputs, env, context) =>
    withConnection(inputs.connection, Object.keys(env), ({ options, host, env: own }) =>
      run(
        {
          argv: ["ssh", ...options, host, "--", script],
          env: { ...env, ...own },
          stdin: inputs.stdin,
          logging: inputs.logging,
        },
        context,
      ),
    ),
  checkConnection,
);

/** What Pulumi writes of a FileAsset or FileArchive (sdk/go/common/resource/asset). */
interface PathSource {
  readonly path?: string;
}

/** `command.remote.CopyToRemote`: a file or a folder, by scp. Nothing is removed from the machine at the end. */
export const copyToRemote: ResourceKind = {
  token: "command:remote:CopyToRemote",
  replaceOn: ["triggers"],
  check: (news) => ({ inputs: news, failures: [...checkConnection(news), ...checkSource(news)] }),
  async create(inputs, context) {
    await copy(inputs, context);
    return { id: `copy${randomBytes(8).toString("hex")}`, outputs: inputs };
  },
  async update(_id, _olds, news, context) {
    await copy(news, context);
    return news;
  },
};

async function copy(inputs: Properties, context: Parameters<typeof run>[1]): Promise<void> {
  const { connection, remotePath, source } = inputs as {
    connection: Connection;
    remotePath: string;
    source: PathSource;
  };
  await withConnection(connection, [], ({ options, host, env }) =>
    run(
      { argv: ["scp", "-r", "-q", ...options, "--", source.path ?? "", `${host}:${remotePath}`], env },
      context,
    ),
  );
}

function checkSource(news: Properties): CheckFailure[] {
  const source = news.source as PathSource | undefined;
  if (hasUnknown(source) || typeof source?.path === "string") return [];
  return [
    { property: "source", reason: "only files and folders by path can be copied: FileAsset or FileArchive" },
  ];
}

function checkConnection(news: Properties): CheckFailure[] {
  const proxy = (news.connection as Connection | undefined)?.proxy;
  return proxy?.password !== undefined || proxy?.privateKeyPassword !== undefined
    ? [
        {
          property: "connection.proxy",
          reason: "a proxy is reached by key or agent only; give it a privateKey without a password",
        },
      ]
    : [];
}
