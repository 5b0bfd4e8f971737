import type { z } from "zod";
import type { Fault } from "./faults";
import { pathText, valueAt } from "./paths";

/**
 * The faults of zod in Lectern's form: path, value found, problem, fix.
 * @param data What was read; its values are shown, so secrets must have been taken out.
 */
export function zodFaults({ issues }: Pick<z.ZodError, "issues">, data: unknown): Fault[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: pathText([...issue.path, key]),
        value: JSON.stringify(valueAt(data, [...issue.path, key])) ?? "(missing)",
        problem: "unknown key",
        fix: "remove it, or correct its spelling",
      }));
    }
    const value = valueAt(data, issue.path);
    return [
      {
        path: pathText(issue.path) || "(file)",
        value: value === undefined ? "(missing)" : JSON.stringify(value).slice(0, 120),
        problem: issue.message,
        fix: value === undefined ? "add it" : "write a value of that form",
      },
    ];
  });
}
