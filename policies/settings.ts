import { z } from "zod";
import { COURSE_NAMESPACE_PREFIX, COURSE_LABEL, type Level, type PolicyObject, type Rule } from "./rule";
import { RULES } from "./rules";

const ruleName = z.string().refine((name) => RULES.some((rule) => rule.name === name), {
  error: "no rule of that name; `lectern policy list` names them",
});

/** `policies` in the config of a site: how strict its rules are, and for whom not. */
export const policySettingsSchema = z.strictObject({
  /** Level of a rule by name. Default: the rule's own. */
  levels: z.partialRecord(ruleName, z.enum(["mandatory", "advisory", "disabled"])).default({}),
  /** Courses for which a rule does not hold for a while. */
  exceptions: z
    .array(
      z.strictObject({
        rule: ruleName,
        /** Name of the course's stack. */
        course: z.string().min(1),
        /** Why, for whoever reads this in a year. */
        reason: z.string().min(10),
        /** The last day on which it holds, such as 2026-10-31. */
        lastDay: z.iso.date(),
      }),
    )
    .default([]),
});
export type PolicySettings = z.infer<typeof policySettingsSchema>;
export type Exception = PolicySettings["exceptions"][number];

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
