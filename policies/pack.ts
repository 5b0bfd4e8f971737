import { PolicyPack, type Policies, type ResourceValidationPolicy, UnknownValueError } from "@pulumi/policy";
import { type CourseParameters, parametersOf } from "./parameters";
import { appliesTo, faultMessage, isKind, type PolicyObject, type Rule } from "./rule";
import { RULES } from "./rules";
import { dayOf, levelOf, NO_SETTINGS, type PolicySettings } from "./settings";
import { propertiesOf, unwrapOnce } from "./unwrap-once";
import { judge, needsStack, remedied } from "./verdict";

/** What a site says to its pack. */
export interface PackOptions {
  readonly settings?: PolicySettings;
  /** Parameters of namespaces whose ConfigMap is not part of the stack. */
  readonly course?: CourseParameters | undefined;
}

/** A resource of a Pulumi program as the rules see it, or undefined if no rule could be about it. */
export function policyObject(
  type: string,
  props: Readonly<Record<string, unknown>>,
): PolicyObject | undefined {
  if (type.startsWith("metal:index:")) {
    // The SDK throws when a value that is not known yet is read, so only what a rule asks for may be read.
    const kind = { value: type.slice("metal:index:".length) };
    return Object.create(props, { kind }) as PolicyObject;
  }
  if (!type.startsWith("kubernetes:") || typeof props.kind !== "string") return undefined;
  return props as PolicyObject;
}

interface Resource {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Holds Kubernetes objects, each by a key, in its input `objects`. */
const BUNDLE = "metal:index:KubernetesObjects";

/**
 * What a resource stands for: itself, or the objects of a bundle. Those not known yet are left to the API server. All
 * rules ask for the same, so the objects are kept with the properties that they come from.
 */
function policyObjects({ type, props }: Resource): readonly PolicyObject[] {
  const source = propertiesOf(props);
  const found = kept.get(source) ?? objectsIn(type, props);
  kept.set(source, found);
  return found;
}

const kept = new WeakMap<object, readonly PolicyObject[]>();

function objectsIn(type: string, props: Resource["props"]): PolicyObject[] {
  if (type !== BUNDLE) return [policyObject(type, props) ?? []].flat();
  const objects = known(() => props.objects as Readonly<Record<string, PolicyObject>>) ?? {};
  return Object.keys(objects).flatMap((key) => known(() => objects[key]) ?? []);
}

/** Undefined of what cannot be known during a preview. */
function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

/**
 * The rules as policies of Pulumi's CrossGuard: one a rule; one more, with `-together` in its name, for what shows only
 * when all of a stack is known; and one for its defaults.
 */
export function policies(
  rules: readonly Rule[],
  { settings = NO_SETTINGS, course }: PackOptions = {},
): Policies {
  const circumstances = { course, exceptions: settings.exceptions, today: dayOf(new Date()) };
  return rules.flatMap((rule) => {
    const common = {
      name: rule.name,
      description: rule.purpose,
      enforcementLevel: levelOf(rule, settings),
      url: rule.stops.url,
    };
    return [
      ...(rule.remedy ? [remediation(rule, rule.remedy, settings, course)] : []),
      { ...common, validateResource: resourceValidation(rule, circumstances) },
      ...(needsStack(rule)
        ? [{ ...common, name: `${rule.name}-together`, validateStack: stackValidation(rule, circumstances) }]
        : []),
    ];
  });
}

type Report = (message: string, urn?: string) => void;

function resourceValidation(rule: Rule, circumstances: Parameters<typeof judge>[2]) {
  return (resource: Resource, report: Report) => {
    const unknown: unknown[] = [];
    for (const object of policyObjects(resource)) {
      if (!appliesTo(rule, object)) continue;
      try {
        const filled = filledBy(rule, object, [], circumstances?.course);
        for (const { fault } of judge(rule, [filled], circumstances)) report(faultMessage(object, fault));
      } catch (error) {
        // One object of a bundle that cannot be judged yet leaves the others to be judged.
        unknown.push(error);
      }
    }
    if (unknown.length > 0) throw unknown[0];
  };
}

/**
 * The course's parameters and quota are among the stack's own objects, and sums need all of them. What an object breaks
 * by itself has been told already.
 */
function stackValidation(rule: Rule, circumstances: Parameters<typeof judge>[2]) {
  return (
    { resources }: { readonly resources: readonly (Resource & { readonly urn: string })[] },
    report: Report,
  ) => {
    const found = resources.flatMap((resource) =>
      policyObjects(resource).map((object) => ({ object, urn: resource.urn })),
    );
    const objects = found.map(({ object }) => object);
    const urns = new Map(
      found.map(({ object, urn }) => [filledBy(rule, object, objects, circumstances?.course), urn] as const),
    );
    const told = new Set(
      [...urns.keys()].flatMap((object) =>
        judge(rule, [object], circumstances).map(({ fault }) => faultMessage(object, fault)),
      ),
    );
    for (const { object, fault } of judge(rule, [...urns.keys()], circumstances)) {
      const message = faultMessage(object, fault);
      if (!told.has(message)) report(message, urns.get(object));
    }
  };
}

/** With what the API server will fill in: now the course's parameters may be known. */
function filledBy(
  rule: Rule,
  object: PolicyObject,
  objects: readonly PolicyObject[],
  course: CourseParameters | undefined,
): PolicyObject {
  if (rule.remedy === undefined || !appliesTo(rule, object)) return object;
  return remedied([rule], object, parametersOf(objects, object.metadata?.namespace) ?? course);
}

/** Fills in what a rule takes for granted, as the API server will. */
function remediation(
  rule: Rule,
  { text, kinds, fill }: NonNullable<Rule["remedy"]>,
  settings: PolicySettings,
  course: CourseParameters | undefined,
): ResourceValidationPolicy {
  return {
    name: `${rule.name}-default`,
    description: text,
    enforcementLevel: levelOf(rule, settings) === "disabled" ? "disabled" : "remediate",
    remediateResource: ({ type, props }) => {
      const object = policyObject(type, props);
      if (object === undefined || !appliesTo(rule, object) || !kinds.some((kind) => isKind(object, kind))) {
        return undefined;
      }
      const filled = fill(object, course);
      return filled === object ? undefined : filled;
    },
  };
}

/**
 * Serves the rules to the engine.
 * @param options.judged called when a stack was judged as a whole: all that a preview asks for has run
 * @param name Of the pack. Default: lectern.
 */
export function servePack(
  { judged, ...options }: PackOptions & { judged?: () => void } = {},
  name = "lectern",
): void {
  unwrapOnce();
  const all = policies(RULES, options);
  const last = all.findLastIndex((policy) => "validateStack" in policy);
  const told = all.map((policy, i): Policies[number] => {
    if (i !== last || judged === undefined || !("validateStack" in policy)) return policy;
    const validateStack: typeof policy.validateStack = (...stack) => {
      try {
        return policy.validateStack(...stack);
      } finally {
        // Not after the answer: the engine ends the pack once it has that.
        judged();
      }
    };
    return { ...policy, validateStack };
  });
  new PolicyPack(name, { policies: told, enforcementLevel: "mandatory" });
}
