/** One thing that is wrong in what an operator wrote, with the way out. */
export interface Fault {
  /** Where it stands, as a path an operator can find: `machines[3].bmc.address`. */
  readonly path: string;
  /** What was found there, in printable form. Never a secret. */
  readonly value: string;
  /** What is wrong with it. */
  readonly problem: string;
  /** What would be right. */
  readonly fix: string;
  /** Line of the file that was read, from 1, where it is known. */
  readonly line?: number;
}

/** Every fault of an input, thrown together so that one run shows them all. */
export class FaultsError extends Error {
  /**
   * @param subject What was read, for the first line: a file or a stack.
   * @param faults All faults found; at least one.
   */
  constructor(
    readonly subject: string,
    readonly faults: readonly Fault[],
  ) {
    super(describeFaults(subject, faults));
    this.name = "FaultsError";
  }
}

/** The faults as text: a headline, then three lines for each. */
export function describeFaults(subject: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [`${subject}: ${count}; nothing was changed.`, ...faults.map((f) => `  ${describeFault(f)}`)].join(
    "\n",
  );
}

/** One fault as three lines. */
export function describeFault({ path, value, problem, fix, line }: Fault): string {
  return `${line === undefined ? "" : `line ${line}: `}${path} = ${value}\n    wrong: ${problem}\n    fix:   ${fix}`;
}

/** Collects faults and throws them all at once. */
export class FaultCollector {
  private readonly found: Fault[] = [];

  add(path: string, value: unknown, problem: string, fix: string): void {
    this.found.push({ path, value: printable(value), problem, fix });
  }

  addAll(faults: readonly Fault[]): void {
    this.found.push(...faults);
  }

  get faults(): readonly Fault[] {
    return this.found;
  }

  /** @throws {FaultsError} if anything was collected. */
  throwIfAny(subject: string): void {
    if (this.found.length > 0) throw new FaultsError(subject, this.found);
  }
}

function printable(value: unknown): string {
  if (value === undefined) return "(missing)";
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
