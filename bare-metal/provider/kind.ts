import type { z } from "zod";
import type { Fault } from "../../base/faults";
import type { Path } from "./paths";

/** What an operation may use besides its properties. */
export interface Context {
  /** Aborted when the operator cancels, and when the time given for the operation is over. */
  readonly signal: AbortSignal;
  /** A line that stays in the log of the update. */
  warn(message: string): void;
  /** What it waits for right now; shown in place of the last one, and gone afterwards. */
  status(message: string): void;
}

/**
 * One kind of resource: inputs `I`, as check leaves them, and outputs `O`.
 * Operations converge: create after a killed create, update after a failed update and delete after a killed delete do
 * what is left to do.
 */
export interface ResourceKind<I extends object, O extends object> {
  readonly inputs: z.ZodType<I>;
  /** Properties, inputs and outputs, that are secret whatever the program says. */
  readonly secrets: readonly Path[];
  /** Outputs that are not inputs, or differ from the input of that name. */
  readonly computed: readonly (keyof O & string)[];
  /** Inputs whose change makes another resource. */
  readonly replaceOn: readonly Path[];
  /** Whether two of them cannot exist side by side, so that a replacement deletes first. */
  readonly deleteBeforeReplace: boolean;

  /** What form alone does not show. Runs with all inputs known only. */
  check?(inputs: I): readonly Fault[];
  /** Outputs, as last read, that are not as the inputs want them. */
  drift?(outputs: O, inputs: I): readonly Path[];
  /** Outputs that an update to these inputs may change, for previews. Default: all computed ones. */
  changes?(outputs: O, inputs: I): readonly (keyof O & string)[];

  id(inputs: I): string;
  /** @throws {PartialFailure} if something was done that must be recorded */
  create(inputs: I, context: Context): Promise<O>;
  /** The resource as it is now; undefined if it is gone. Inputs are given back as they would have to be written. */
  read(inputs: I, outputs: O, context: Context): Promise<{ inputs: I; outputs: O } | undefined>;
  /** @throws {PartialFailure} */
  update(outputs: O, inputs: I, context: Context): Promise<O>;
  delete(outputs: O, context: Context): Promise<void>;
}

/** Something was done and not all: the outputs are recorded, and the next run goes on from there. */
export class PartialFailure<O extends object = object> extends Error {
  constructor(
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
