import type { CheckFailure, Context, InvokeKind, Properties } from "../../../base/provider";
import { run, type Output } from "./run";
import { scriptKind, type ScriptInputs } from "./scripts";

interface LocalInputs extends ScriptInputs {
  /** Folder to run in. Default: the folder of the project. */
  readonly dir?: string;
  /** Program and arguments before the script. Default: `["/bin/sh", "-c"]`. */
  readonly interpreter?: readonly string[];
}

/** `command.local.Command`. */
export const localCommand = scriptKind<LocalInputs>("command:local:Command", execute, unsupported);

/** `command.local.run`: a command whose output is needed now; it runs during previews too. */
export const localRun: InvokeKind = {
  token: "command:local:run",
  async invoke(args, context) {
    const failure = unsupported(args)[0];
    if (failure) throw new Error(`${failure.property}: ${failure.reason}`);
    const inputs = args as unknown as LocalInputs & { command: string };
    return { ...args, ...(await execute(inputs.command, inputs, { ...inputs.environment }, context)) };
  },
};

function execute(
  script: string,
  inputs: LocalInputs,
  env: Record<string, string>,
  context: Context,
): Promise<Output> {
  const [program = "/bin/sh", ...args] = inputs.interpreter ?? ["/bin/sh", "-c"];
  return run(
    { argv: [program, ...args, script], cwd: inputs.dir, env, stdin: inputs.stdin, logging: inputs.logging },
    context,
  );
}

function unsupported(news: Properties): CheckFailure[] {
  return ["assetPaths", "archivePaths"]
    .filter((property) => news[property] !== undefined && news[property] !== null)
    .map((property) => ({
      property,
      reason:
        "this plugin takes no files back; read them in the program, or install the official command plugin",
    }));
}
