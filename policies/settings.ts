import { COURSE_NAMESPACE_PREFIX, COURSE_LABEL, type Level, type PolicyObject, type Rule } from "./rule";
import { RULES } from "./rules";

/** How strict a site's rules are, and for whom not (`policySettingsSchema`, apart: a pack starts without it). */
export interface PolicySettings {
  readonly levels: Readonly<Partial<Record<string, Level>>>;
  readonly exceptions: readonly Exception[];
}

/** A course for which a rule does not hold for a while. */
export interface Exception {
  readonly rule: string;
  /** Name of the course's stack. */
  readonly course: string;
  readonly reason: string;
  /** The last day on which it holds, such as 2026-10-31. */
  readonly lastDay: string;
}

export const NO_SETTINGS: PolicySettings = { levels: {}, exceptions: [] };

/** How strict a rule is at a site. */
export function levelOf(rule: Rule, settings: PolicySettings): Level {
  return settings.levels[rule.name] ?? rule.level;
}

/** The day, in UTC, as {@link Exception} writes it. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Courses that are excepted on that day from a rule that Pod Security's `restricted` would hold them to. */
export function podSecurityExceptions({ exceptions }: PolicySettings, today: string): string[] {
  const rules = RULES.filter((rule) => rule.podSecurity).map((rule) => rule.name);
  const current = exceptions.filter((e) => rules.includes(e.rule) && today <= e.lastDay);
  return [...new Set(current.map(({ course }) => course))];
}

/** Whether an exception lets this object pass on that day. */
export function isExcepted(
  exceptions: readonly Exception[],
  rule: string,
  { metadata }: PolicyObject,
  today: string,
): boolean {
  const course =
    metadata?.labels?.[COURSE_LABEL] ??
    (metadata?.namespace?.startsWith(COURSE_NAMESPACE_PREFIX)
      ? metadata.namespace.slice(COURSE_NAMESPACE_PREFIX.length)
      : undefined);
  return exceptions.some((e) => e.rule === rule && e.course === course && today <= e.lastDay);
}
