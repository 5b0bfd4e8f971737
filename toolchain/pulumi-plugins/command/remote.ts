import { randomBytes } from "node:crypto";
import type { Fault } from "../../../base/faults";
import { type Context, hasUnknown, type ResourceKind } from "../../../base/provider";
import { run } from "./run";
import { scriptKind, type ScriptInputs } from "./scripts";
import { withConnection, type Connection } from "./ssh";

interface RemoteInputs extends ScriptInputs {
  readonly connection: Connection;
}

/** `command.remote.Command`, by the ssh client of this machine. */
export const remoteCommand = scriptKind<RemoteInputs>(
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

interface CopyInputs {
  readonly connection: Connection;
  readonly source: PathSource;
  readonly remotePath: string;
}

/** `command.remote.CopyToRemote`: a file or a folder, by scp. Nothing is removed from the machine at the end. */
export const copyToRemote: ResourceKind<CopyInputs, CopyInputs> = {
  assets: true,
  replaceOn: [["triggers"]],
  check: (inputs) => [...checkConnection(inputs), ...checkSource(inputs)],
  async create(inputs, context) {
    await copy(inputs, context);
    return { id: `copy${randomBytes(8).toString("hex")}`, outputs: inputs };
  },
  async update(_recorded, news, context) {
    await copy(news, context);
    return news;
  },
};

async function copy({ connection, remotePath, source }: CopyInputs, context: Context): Promise<void> {
  await withConnection(connection, [], ({ options, host, env }) =>
    run(
      { argv: ["scp", "-r", "-q", ...options, "--", source.path ?? "", `${host}:${remotePath}`], env },
      context,
    ),
  );
}

function checkSource({ source }: Partial<CopyInputs>): Fault[] {
  if (hasUnknown(source) || typeof source?.path === "string") return [];
  const problem = "only files and folders by path can be copied";
  return [{ path: "source", value: "(another asset)", problem, fix: "give a FileAsset or a FileArchive" }];
}

function checkConnection({ connection }: { readonly connection?: Connection }): Fault[] {
  const proxy = connection?.proxy;
  if (proxy?.password === undefined && proxy?.privateKeyPassword === undefined) return [];
  const problem = "a proxy is reached by key or agent only";
  return [
    { path: "connection.proxy", value: "(hidden)", problem, fix: "give it a privateKey without a password" },
  ];
}
