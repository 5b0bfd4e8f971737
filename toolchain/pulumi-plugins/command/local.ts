import { type Fault, FaultsError } from "../../../base/faults";
import type { Context, FunctionKind } from "../../../base/provider";
import { run, type Output } from "./run";
import { scriptKind, type ScriptInputs } from "./scripts";

interface LocalInputs extends ScriptInputs {
  /** Folder to run in. Default: the folder of the project. */
  readonly dir?: string;
  /** Program and arguments before the script. Default: `["/bin/sh", "-c"]`. */
  readonly interpreter?: readonly string[];
  /** Not supported. */
  readonly assetPaths?: unknown;
  /** Not supported. */
  readonly archivePaths?: unknown;
}

/** `command.local.Command`. */
export const localCommand = scriptKind<LocalInputs>(execute, unsupported);

/** `command.local.run`: a command whose output is needed now; it runs during previews too. */
export const localRun: FunctionKind<LocalInputs & { readonly command: string }> = {
  async invoke(args, context) {
    const faults = unsupported(args);
    if (faults.length > 0) throw new FaultsError("command.local.run", faults);
    return { ...args, ...(await execute(args.command, args, { ...args.environment }, context)) };
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

function unsupported(inputs: LocalInputs): Fault[] {
  return (["assetPaths", "archivePaths"] as const)
    .filter((path) => inputs[path] !== undefined && inputs[path] !== null)
    .map((path) => ({
      path,
      value: JSON.stringify(inputs[path]) ?? "(unknown)",
      problem: "this plugin takes no files back",
      fix: "read them in the program, or install the official command plugin",
    }));
}
