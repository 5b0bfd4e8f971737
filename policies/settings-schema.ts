import { z } from "zod";
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
