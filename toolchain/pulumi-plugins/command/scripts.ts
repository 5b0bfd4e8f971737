import { randomBytes } from "node:crypto";
import type { Fault } from "../../../base/faults";
import type { Context, ResourceKind } from "../../../base/provider";
import type { Logging, Output } from "./run";

/** Inputs that local and remote commands share. */
export interface ScriptInputs {
  readonly create?: string;
  /** Default: `create` again. */
  readonly update?: string;
  readonly delete?: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly logging?: Logging;
  readonly triggers?: readonly unknown[];
  /** Whether update and delete find what ran before in PULUMI_COMMAND_STDOUT and _STDERR. Default: true. */
  readonly addPreviousOutputInEnv?: boolean;
}

type Outputs<I> = I & Output;

/**
 * A resource whose life is made of scripts: one at its creation, one at a change of any input (`update`, else `create`),
 * one at its end. A change of `triggers` replaces it.
 * @param execute Runs one script with the environment given.
 */
export function scriptKind<I extends ScriptInputs & object>(
  execute: (script: string, inputs: I, env: Record<string, string>, context: Context) => Promise<Output>,
  check: (inputs: I) => Fault[],
): ResourceKind<I, Outputs<I>> {
  const nothing: Output = { stdout: "", stderr: "" };
  return {
    // State that the official plugin wrote may hold some.
    assets: true,
    replaceOn: [["triggers"]],
    secretsSpread: true,
    check,
    async create(inputs, context) {
      const env = { ...inputs.environment };
      const output =
        inputs.create === undefined ? nothing : await execute(inputs.create, inputs, env, context);
      return { id: `command${randomBytes(8).toString("hex")}`, outputs: { ...inputs, ...output } };
    },
    async update({ outputs }, news, context) {
      const script = news.update ?? news.create;
      const env = environment(news, outputs);
      const output = script === undefined ? pickOutput(outputs) : await execute(script, news, env, context);
      return { ...news, ...output };
    },
    async delete({ outputs }, context) {
      if (outputs.delete === undefined || outputs.delete === null) return;
      await execute(outputs.delete, outputs, environment(outputs, outputs), context);
    },
  };
}

function environment(inputs: ScriptInputs, before: Output): Record<string, string> {
  const previous = inputs.addPreviousOutputInEnv ?? true;
  return {
    ...(previous ? { PULUMI_COMMAND_STDOUT: before.stdout, PULUMI_COMMAND_STDERR: before.stderr } : {}),
    ...inputs.environment,
  };
}

function pickOutput({ stdout, stderr }: Output): Output {
  return { stdout, stderr };
}
