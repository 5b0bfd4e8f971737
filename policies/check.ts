import { type CourseParameters, PARAMETERS_NAME, parametersOf } from "./parameters";
import { appliesTo, calledName, faultMessage, type Level, type PolicyObject, type Rule } from "./rule";
import { RULES } from "./rules";
import { dayOf, levelOf, NO_SETTINGS, type PolicySettings } from "./settings";
import { judge, remedied } from "./verdict";

/** One thing that a rule finds wrong with a file. */
export interface Finding {
  readonly rule: string;
  readonly level: Exclude<Level, "disabled">;
  /** Kind, namespace and name. */
  readonly object: string;
  readonly path: string;
  readonly value: string;
  readonly problem: string;
  readonly fix: string;
  /** All of it in a line. */
  readonly message: string;
}

export interface CheckOptions {
  readonly settings?: PolicySettings;
  /** Parameters of courses whose ConfigMap is not among the objects. */
  readonly course?: CourseParameters | undefined;
  readonly today?: string;
}

/** What the rules find wrong with objects, as the API server would after it has filled in the defaults. Pure. */
export function checkObjects(
  objects: readonly PolicyObject[],
  { settings = NO_SETTINGS, course, today = dayOf(new Date()) }: CheckOptions = {},
): Finding[] {
  const filled = objects.map((object) =>
    remedied(RULES, object, parametersOf(objects, object.metadata?.namespace) ?? course),
  );
  return RULES.flatMap((rule) => {
    const level = levelOf(rule, settings);
    if (level === "disabled") return [];
    const circumstances = { course, exceptions: settings.exceptions, today };
    return judge(rule, filled, circumstances).map(({ object, fault }) => ({
      rule: rule.name,
      level,
      object: `${object.kind} ${calledName(object)}`,
      ...fault,
      message: faultMessage(object, fault),
    }));
  });
}

/** Rules that looked at an object without the course's parameters, and so left a part of themselves out. */
export function unjudged(objects: readonly PolicyObject[], course: CourseParameters | undefined): Rule[] {
  if (course !== undefined) return [];
  const known = objects
    .filter(({ kind, metadata }) => kind === "ConfigMap" && metadata?.name === PARAMETERS_NAME)
    .map(({ metadata }) => metadata?.namespace);
  const unknown = objects.filter(({ metadata }) => !known.includes(metadata?.namespace));
  return RULES.filter(
    (rule) => rule.goesBy === "course-policy" && unknown.some((object) => appliesTo(rule, object)),
  );
}
