import { SilentFailure, UsageError } from "../failure";
import { interrupted } from "../interrupts";
import { TerminalProgress } from "../progress";
import { askAll } from "./ask";
import { foldHosts } from "./host-ranges";
import type { BmcOptions } from "./options";
import { exitStatusOf, failureSummary, type Outcome } from "./outcomes";
import { jsonReport, jsonText, type Report, streamReport, tableReport } from "./report";
import { type BmcTarget, findTargets } from "./targets";
import type { Verb } from "./verb";

/** From so many hosts on, progress is shown, and rows on a terminal come as they arrive. */
const BIG_FLEET = 32;

/** How one verb was typed. */
export interface Typed extends BmcOptions {
  readonly yes?: true;
}

/**
 * Asks every BMC of the pattern and shows what they answer. Failures are told on stderr, by reason.
 * @throws {SilentFailure} with the exit status, if any failed
 * @throws {UsageError} if nothing was asked, because what was typed cannot be meant
 */
export async function runVerb<T>(pattern: string, verb: Verb<T>, typed: Typed): Promise<void> {
  const targets = await targetsOf(pattern, verb, typed);
  await agreed(verb, targets, typed);
  const report = reportFor(verb, targets, typed);
  const outcomes = await collect(targets, verb, typed, report);
  report.end(outcomes);
  const summary = failureSummary(outcomes);
  if (summary === undefined) return;
  if (!typed.json) process.stderr.write(`${summary}\n`);
  throw new SilentFailure(summary, exitStatusOf(outcomes));
}

async function targetsOf(pattern: string, { name }: Verb<unknown>, typed: Typed): Promise<BmcTarget[]> {
  try {
    return await findTargets(pattern, typed);
  } catch (error) {
    if (typed.json && error instanceof UsageError) process.stdout.write(jsonText(name, [], error));
    throw error;
  }
}

async function agreed<T>(
  { question }: Verb<T>,
  targets: readonly BmcTarget[],
  { yes }: Typed,
): Promise<void> {
  const asked = question?.(targets.length);
  if (asked === undefined || yes) return;
  const { confirm } = require("./terminal") as typeof import("./terminal");
  await confirm(`${asked}: ${foldHosts(targets.map(({ name }) => name))}`);
}

function reportFor<T>(verb: Verb<T>, targets: readonly BmcTarget[], { json }: Typed): Report<T> {
  const { stdout } = process;
  if (json) return jsonReport(verb, stdout);
  return stdout.isTTY && targets.length > BIG_FLEET
    ? streamReport(verb, targets, stdout)
    : tableReport(verb, stdout);
}

/** The outcomes in the order of the targets, each told to the report as it comes. */
async function collect<T>(
  targets: readonly BmcTarget[],
  verb: Verb<T>,
  typed: Typed,
  report: Report<T>,
): Promise<Outcome<T>[]> {
  const outcomes = new Map<BmcTarget, Outcome<T>>();
  const progress = new TerminalProgress();
  const work = async (note: (text: string) => void): Promise<void> => {
    for await (const outcome of askAll(targets, verb, { ...typed, signal: interrupted })) {
      outcomes.set(outcome.target, outcome);
      progress.above(() => report.add(outcome));
      note(`${outcomes.size} of ${targets.length}`);
    }
  };
  if (targets.length > BIG_FLEET) await progress.step(`${verb.name}: ${targets.length} BMCs`, work);
  else await work(() => undefined);
  return targets.flatMap((target) => outcomes.get(target) ?? []);
}
