import type { Properties } from "./wire";

/** What a provider may say and ask while it works on one resource. */
export interface Context {
  readonly urn: string;
  /** Aborted when the operator presses Ctrl-C; the work should end soon, and say what it left. */
  readonly signal: AbortSignal;
  /** Seconds, from the resource option `customTimeouts`; 0 if none was given. */
  readonly timeoutSeconds: number;
  /** Whether any input is secret; what is shown must then be chosen with care. */
  readonly hasSecrets: boolean;
  /** Shows a line beside the resource; `status` lines are replaced by the next one. Never a secret. */
  log(
    severity: "debug" | "info" | "warning" | "error",
    message: string,
    options?: { status?: boolean },
  ): void;
}

/** An input that cannot be accepted. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** What stood before and what is wanted; `news` may hold UNKNOWN during a preview. */
export interface DiffInput<I, O> {
  readonly id: string;
  readonly oldInputs: I;
  readonly oldOutputs: O;
  readonly news: Properties;
}

/** Which inputs differ, and which of them force a new resource. */
export interface Difference {
  readonly changes: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace?: boolean;
}

/**
 * One kind of resource: its token and what happens at each step of its life. Plain values only; secrets are
 * unwrapped before and marked again after.
 */
export interface ResourceKind<I extends object = Properties, O extends object = Properties> {
  /** Pulumi type, such as `metal:index:Machine`. */
  readonly token: string;
  /** Inputs whose change needs a new resource. Default: none. */
  readonly replaceOn?: readonly (keyof I & string)[];
  /** The old resource goes first: for names and addresses that only one can hold. Default: false. */
  readonly deleteBeforeReplace?: boolean;
  /** Outputs that are secret whatever the inputs are. Outputs named as a secret input are marked anyway. */
  readonly secretOutputs?: readonly (keyof O & string)[];
  /** Any secret input makes every output that is no input secret. Default: false. */
  readonly secretsSpread?: boolean;

  /** Fills in defaults and collects what is wrong. Values may be UNKNOWN. Default: accepts as is. */
  check?(news: Properties, olds: Properties): { inputs: Properties; failures?: readonly CheckFailure[] };
  /** Default: compares inputs member for member; `replaceOn` tells the rest. */
  diff?(input: DiffInput<I, O>): Difference;
  create(inputs: I, context: Context): Promise<{ id: string; outputs: O }>;
  /**
   * What is really there; undefined when it is gone. For an import, `inputs` and `outputs` are empty.
   * Default: what was recorded.
   */
  read?(
    id: string,
    recorded: { inputs: I; outputs: O },
    context: Context,
  ): Promise<{ id: string; inputs: I; outputs: O } | undefined>;
  /** Default: not to be called, for kinds in which every input is in `replaceOn`. */
  update?(id: string, olds: { inputs: I; outputs: O }, news: I, context: Context): Promise<O>;
  /** Default: nothing to do. */
  delete?(id: string, recorded: { inputs: I; outputs: O }, context: Context): Promise<void>;
}

/** A function of the provider that is no resource. */
export interface InvokeKind<I extends object = Properties, O extends object = Properties> {
  readonly token: string;
  invoke(args: I, context: Context): Promise<O>;
}

/**
 * Thrown by `create`, `read` or `update` when the resource exists but is not in order: the engine records it with these
 * outputs, so that the next run updates or deletes it instead of making a second one.
 */
export class PartialError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: Properties,
    readonly reason: string,
  ) {
    super(reason);
    this.name = "PartialError";
  }
}
