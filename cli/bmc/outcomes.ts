import { EXIT } from "../failure";
import { foldHosts } from "./host-ranges";
import type { BmcTarget } from "./targets";

/** What came of one BMC. */
export type Outcome<T> = { readonly target: BmcTarget } & (
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }
);

/** An error as data. The errors of IPMI and Redfish fill all that they know; others have a type and a problem. */
export interface ErrorData {
  /** Its class, such as `IpmiAuthenticationError`. */
  readonly type: string;
  /** `address:port` of the BMC. */
  readonly bmc?: string;
  /** What was asked, as the specification names it. */
  readonly command?: string;
  readonly problem: string;
  /** What to look at. */
  readonly check?: string;
  /** Of an IPMI command, 1 to 255. */
  readonly completionCode?: number;
}

/** What the errors of both protocols have in common. */
interface BmcFault extends Error {
  readonly host: string;
  readonly command: string;
  readonly problem: string;
  readonly check: string;
  readonly code?: number;
}

export function errorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { type: "Error", problem: String(error) };
  const {
    name: type,
    problem = error.message,
    check,
    host,
    command,
    code,
  } = error as Partial<BmcFault> & Error;
  return {
    type,
    ...(host === undefined ? {} : { bmc: host }),
    ...(command === undefined ? {} : { command }),
    problem,
    ...(check === undefined ? {} : { check }),
    ...(type === "IpmiCompletionError" && code !== undefined ? { completionCode: code } : {}),
  };
}

/** 0 if all is well, 3 if not one BMC answered, 1 otherwise. */
export function exitStatusOf(outcomes: readonly Outcome<unknown>[]): number {
  if (outcomes.every(({ ok }) => ok)) return EXIT.ok;
  return outcomes.every((outcome) => !outcome.ok && isSilence(outcome.error))
    ? EXIT.unanswered
    : EXIT.failure;
}

/** The failures for a person: hosts with the same reason share a line. Undefined if there is none. */
export function failureSummary(outcomes: readonly Outcome<unknown>[]): string | undefined {
  const groups = new Map<string, string[]>();
  for (const outcome of outcomes) {
    if (outcome.ok) continue;
    const { command, problem, check } = errorData(outcome.error);
    const reason = `${command === undefined ? "" : `${command}: `}${problem}${check === undefined ? "" : `; check: ${check}`}`;
    groups.set(reason, [...(groups.get(reason) ?? []), outcome.target.name]);
  }
  const failed = [...groups.values()].reduce((n, hosts) => n + hosts.length, 0);
  if (failed === 0) return undefined;
  const lines = [...groups].map(([reason, hosts]) => `  ${foldHosts(hosts)}: ${reason}`);
  return [`${failed} of ${outcomes.length} failed:`, ...lines].join("\n");
}

/** Whether the error says that nothing came from the BMC. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && /(Unreachable|Timeout)Error$/.test(error.name);
}
