import { type AdmissionGroup, admissionGroups, type GroupedRequirement } from "./admission-groups";
import { anyKind, celBound, celBroken, celText, declared, variablesFor } from "./cel";
import { API_VERSION, inCourses, resourceRules, withBinding } from "./in-courses";
import { PARAMETERS_NAME } from "./parameters";
import { COURSE_NAMESPACE_PREFIX, type KindMatch, type Operation, type Remedy, type Rule } from "./rule";
import { RULES } from "./rules";
import { QUOTA_NAME } from "./rules/job-within-quota";
import { type Exception, levelOf, NO_SETTINGS, type PolicySettings } from "./settings";

/** A policy of the API server or its binding, `admissionregistration.k8s.io/v1`. */
export interface AdmissionObject {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: `${"Validating" | "Mutating"}AdmissionPolicy${"" | "Binding"}`;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

/**
 * The rules that the API server can apply itself, for the namespaces that carry the label of a course: a policy and
 * its bindings for each group of requirements, and one more of each for a rule's defaults. Fail closed.
 */
export function admissionObjects(settings: PolicySettings = NO_SETTINGS, rules = RULES): AdmissionObject[] {
  return [
    ...admissionGroups(settings, rules).flatMap((group) => [policy(group), ...bindings(group)]),
    ...remedyGroups(settings, rules).flatMap(mutation),
  ];
}

const PREFIX = "lectern-";
const nameOf = ({ name }: { readonly name: string }) => PREFIX + name;

function policy(group: AdmissionGroup): AdmissionObject {
  const { kinds, operations, goesBy, requirements } = group;
  const texts = requirements.map(({ requirement: { cel, celBreach = "" } }) => cel + celBreach);
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: nameOf(group) },
    spec: {
      failurePolicy: "Fail",
      ...(goesBy && { paramKind: { apiVersion: "v1", kind: PARAMETER[goesBy].kind } }),
      matchConstraints: { resourceRules: resourceRules(kinds, operations) },
      matchConditions: matchConditions(group),
      ...declared(variablesFor(texts)),
      validations: requirements.map(validation),
    },
  };
}

/** The API server asks all of them, whatever the others say: each costs every request. */
function matchConditions({ operations, exceptions, requirements }: AdmissionGroup) {
  // All requirements at once: what keeps them costs one expression, and no messages are put together for it.
  const broken = celBroken(requirements.map(({ requirement }) => requirement.cel));
  // The garbage collector ends a deletion with an update: denying it would keep the object for ever.
  const stays = "(request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp))";
  return [
    ...exceptions.map((exception, i) => ({
      name: `exception-${i + 1}`,
      expression: celNotExcepted(exception),
    })),
    { name: "broken", expression: operations.includes("UPDATE") ? `${stays} && ${broken}` : broken },
  ];
}

/**
 * True where an exception does not hold. The API server has no clock in CEL, but it has stamped what is created: an
 * object that came while the exception held may go on being changed.
 */
function celNotExcepted({ course, lastDay }: Exception): string {
  const namespace = COURSE_NAMESPACE_PREFIX + course;
  return (
    `request.namespace != ${celText(namespace)} || object == null || !has(object.metadata) || ` +
    `!has(object.metadata.creationTimestamp) || string(object.metadata.creationTimestamp).substring(0, 10) > '${lastDay}'`
  );
}

/** Its message begins with the rule's name: a policy holds several. */
function validation({ rule, requirement }: GroupedRequirement) {
  const { problem, fix, cel, celBreach } = requirement;
  const [start, end] = [`${rule.name}: `, `: ${problem}; fix: ${fix}`];
  const breach = celBreach ? ` + ', ' + ${anyKind(celBreach)}` : "";
  return {
    expression: anyKind(cel),
    message: `${rule.name}: ${problem}; fix: ${fix}`,
    messageExpression: `${celText(start)} + request.kind.kind + ' ' + request.name${breach} + ${celText(end)}`,
    reason: "Invalid",
  };
}

const PARAMETER = {
  "course-policy": { kind: "ConfigMap", name: PARAMETERS_NAME },
  "course-quota": { kind: "ResourceQuota", name: QUOTA_NAME },
} as const;

function bindings(group: AdmissionGroup): AdmissionObject[] {
  const { goesBy, operations } = group;
  if (goesBy === undefined) return [binding(group, "", {})];
  const { name } = PARAMETER[goesBy];
  // The parameter may be gone when the garbage collector ends what is left, and a namespace must be able to end.
  const missing = { CREATE: "Deny", UPDATE: "Allow", DELETE: "Allow", CONNECT: "Allow" } as const;
  return operations.map((operation) =>
    binding(
      group,
      operation === "CREATE" ? "" : `-${operation.toLowerCase()}`,
      { paramRef: { name, parameterNotFoundAction: missing[operation] } },
      [operation],
    ),
  );
}

/** @param operations Default: all of the policy's. */
function binding(
  group: AdmissionGroup,
  suffix: string,
  spec: object,
  operations?: readonly Operation[],
): AdmissionObject {
  const matchResources = {
    ...(group.inCourseNamespaces && inCourses()),
    ...(operations && { resourceRules: resourceRules(group.kinds, operations) }),
  };
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: nameOf(group) + suffix },
    spec: {
      policyName: nameOf(group),
      ...spec,
      // What is audited is what teachers can list (`lectern policy denials`).
      validationActions: [group.level === "mandatory" ? "Deny" : "Warn", "Audit"],
      ...(Object.keys(matchResources).length > 0 && { matchResources }),
    },
  };
}

/** Rules whose defaults are for the same kinds. */
interface RemedyGroup {
  readonly kinds: readonly KindMatch[];
  readonly rules: readonly (Rule & { readonly remedy: Remedy })[];
}

/** Each policy costs every request that it matches, so all that is filled into a kind is one. */
function remedyGroups(settings: PolicySettings, rules: readonly Rule[]): RemedyGroup[] {
  const filling = rules
    .filter((rule) => levelOf(rule, settings) !== "disabled")
    .flatMap((rule) => (rule.remedy ? [{ ...rule, remedy: rule.remedy }] : []));
  const groups = new Map<string, RemedyGroup>();
  for (const kind of new Set(filling.flatMap(({ remedy }) => remedy.kinds))) {
    const own = filling.filter(({ remedy }) => remedy.kinds.includes(kind));
    const key = own.map(({ name }) => name).join("-");
    groups.set(key, { kinds: [...(groups.get(key)?.kinds ?? []), kind], rules: own });
  }
  return [...groups.values()];
}

/**
 * The safe defaults of rules: filled in before anything is judged. After a change all policies are asked once more, so
 * the condition is false of what is filled in: each time costs a reading and a writing of the whole object.
 */
function mutation({ kinds, rules }: RemedyGroup): AdmissionObject[] {
  const goesBy = rules.map((rule) => rule.goesBy).find((parameter) => parameter !== undefined);
  const name = `${PREFIX}${rules.map((rule) => rule.name).join("-")}-default`;
  const patches = rules.map(({ remedy: { celWanted, celPatch } }) =>
    rules.length === 1 ? celPatch : `((${celWanted}) ? (${celPatch}) : [])`,
  );
  return withBinding(
    "MutatingAdmissionPolicy",
    name,
    {
      reinvocationPolicy: "IfNeeded",
      ...(goesBy && { paramKind: { apiVersion: "v1", kind: PARAMETER[goesBy].kind } }),
      matchConstraints: { resourceRules: resourceRules(kinds, ["CREATE"]) },
      matchConditions: [
        {
          name: "wanted",
          // What one of them says is enough; the longest, which asks the most, comes last.
          expression: rules
            .map(({ remedy }) => `(${celBound(remedy.celWanted)})`)
            .sort((a, b) => a.length - b.length)
            .join(" || "),
        },
      ],
      ...declared(variablesFor(patches)),
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: patches.join(" + ") } }],
    },
    {
      ...(goesBy && { paramRef: { name: PARAMETER[goesBy].name, parameterNotFoundAction: "Deny" } }),
      matchResources: inCourses(),
    },
  );
}
