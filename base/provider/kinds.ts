import type { z } from "zod";
import type { Fault } from "../faults";
import type { Path } from "../paths";
import type { Change } from "./diff";
import type { Properties } from "./wire";

/** What an operation may use besides its properties. */
export interface Context {
  /** Aborted when the operator cancels, and when the time given for the operation (`customTimeouts`) is over. */
  readonly signal: AbortSignal;
  /** Whether any input is secret; what is shown must then be chosen with care. */
  readonly hasSecrets: boolean;
  /** A line that stays in the log of the update. Never a secret. */
  info(message: string): void;
  /** The same, as a warning. */
  warn(message: string): void;
  /** What it waits for right now; shown in place of the last one, and gone afterwards. */
  status(message: string): void;
}

/** A resource as the engine's state has it. */
export interface Recorded<I, O> {
  readonly id: string;
  readonly inputs: I;
  readonly outputs: O;
}

/**
 * One kind of resource: inputs `I`, as check leaves them, and outputs `O`. Plain values only; secrets are unwrapped
 * before it is called and marked again in what it gives.
 * Operations converge: create after a killed create, update after a failed update and delete after a killed delete do
 * what is left to do.
 */
export interface ResourceKind<I extends object = Properties, O extends object = Properties> {
  /** Form, ranges and defaults of the inputs. Default: they are taken as they are. */
  readonly inputs?: z.ZodType<I>;
  /** Whether files and archives may stand among the properties. Default: false; they are refused. */
  readonly assets?: boolean;
  /** Properties, inputs and outputs, that are secret whatever the program says. Default: none. */
  readonly secrets?: readonly Path[];
  /** Whether any secret input makes every output secret that is no input. Default: false. */
  readonly secretsSpread?: boolean;
  /** Outputs that a preview must call unknown: those that are not inputs, or differ from the input of that name. Default: what is left out. */
  readonly computed?: readonly (keyof O & string)[];
  /** Inputs whose change makes another resource. Default: none. */
  readonly replaceOn?: readonly Path[];
  /** Whether two of them cannot exist side by side, so that a replacement deletes first. Default: false. */
  readonly deleteBeforeReplace?: boolean;

  /**
   * What form alone does not show. A kind with `inputs` is asked only when all of them have their form and are known;
   * one without may be shown UNKNOWN during a preview.
   */
  check?(inputs: I): readonly Fault[];
  /** Inputs that differ. Default: compared to the innermost property; `replaceOn` tells which replace. */
  diff?(olds: Recorded<I, O>, inputs: I): readonly Change[];
  /** Outputs, as last read, that are not as the inputs want them. */
  drift?(outputs: O, inputs: I): readonly Path[];
  /** Outputs that an update to these inputs may change, whole or in part, for previews. Default: all computed ones. */
  changes?(outputs: O, inputs: I): readonly ((keyof O & string) | Path)[];

  /**
   * Tells, in a preview, what a create (without `olds`) or an update would do. It changes nothing, and is not asked
   * while an input is unknown. What it throws is shown as a warning. Default: nothing to tell.
   */
  foresee?(olds: Recorded<I, O> | undefined, inputs: I, context: Context): Promise<void>;

  /** @throws {PartialFailure} if something was done that must be recorded */
  create(inputs: I, context: Context): Promise<{ readonly id: string; readonly outputs: O }>;
  /**
   * The resource as it is now; undefined if it is gone. Inputs are given back as they would have to be written.
   * Default: as it is recorded.
   */
  read?(recorded: Recorded<I, O>, context: Context): Promise<{ inputs: I; outputs: O } | undefined>;
  /**
   * Default: refused, for kinds in which every change replaces.
   * @throws {PartialFailure}
   */
  update?(recorded: Recorded<I, O>, inputs: I, context: Context): Promise<O>;
  /** Default: nothing to do. */
  delete?(recorded: Recorded<I, O>, context: Context): Promise<void>;
}

/** A function of the provider that is no resource. */
export interface FunctionKind<I extends object = Properties, O extends object = Properties> {
  invoke(args: I, context: Context): Promise<O>;
}

/**
 * Something was done and not all: the engine records it with these outputs, so that the next run goes on from there
 * instead of making a second one.
 */
export class PartialFailure<O extends object = object> extends Error {
  constructor(
    readonly id: string,
    readonly outputs: O,
    override readonly cause: Error,
  ) {
    super(cause.message);
    this.name = "PartialFailure";
  }
}

/** A kind of which the inputs and outputs are not told apart any more. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyKind = ResourceKind<any, any>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyFunction = FunctionKind<any, any>;

/** What a provider is made of. Kinds are loaded when they are first used, so that it starts fast. */
export interface ProviderSpec {
  /** Name of the plugin, such as `metal`. */
  readonly name: string;
  /** Version of the plugin, as in its folder's name. */
  readonly version: string;
  /** By type token, such as `metal:index:Machine`. */
  readonly kinds: Readonly<Record<string, () => AnyKind>>;
  /** By token. Default: none. */
  readonly functions?: Readonly<Record<string, () => AnyFunction>>;
}
