import type { AdmissionObject } from "./admission";
import { declared, variablesFor } from "./cel";
import { inCourses, resourceRules, withBinding } from "./in-courses";
import { sizeApprovalObjects } from "./size-approvals";
import { celContainersOf, DECLARED, POD, WORKLOADS } from "./workloads";

/** Annotation on a course's namespace: its GPU hours for the semester. Absent: no limit. */
export const BUDGET_ANNOTATION = "lectern.dev/gpu-hours";
/** State of a course that has spent them, told with what was used: `101.2 of 100`. */
export const SPENT_STATE = "lectern.dev/gpu-hours-spent";
/** State of a course whose semester is being closed, told with its name. */
export const CLOSED_STATE = "lectern.dev/closed";
/** Finalizer of a course's pods that ask for GPUs: a pod stays until its row is in the ledger. */
export const LEDGER_FINALIZER = "lectern.dev/ledger";

/**
 * Metadata that puts a course's namespace in a state, as a merge patch: a label, by which a binding finds it and other
 * courses pay nothing, and an annotation with words for people.
 * @param words undefined: takes the state away
 */
export function courseState(state: string, words: string | undefined) {
  return {
    labels: { [state]: words === undefined ? null : "true" },
    annotations: { [state]: words ?? null },
  };
}

/** Policies by what a course has come to, or has given, told by its namespace, where rules go by what is asked for. */
export interface CourseStateOptions {
  /** Whether a recorder runs: without one, pods with its finalizer would never go. */
  readonly ledger: boolean;
}

/** True where a container of the pod `p` asks for GPUs, whole or in parts. */
const CEL_ASKS_GPU =
  `${celContainersOf(DECLARED)}.exists(c, has(c.resources) && has(c.resources.limits) && ` +
  "c.resources.limits.exists(k, (k == 'nvidia.com/gpu' || k.startsWith('nvidia.com/mig-')) && " +
  "quantity(string(c.resources.limits[k])).asApproximateFloat() > 0.0))";
const told = (state: string): string => `namespaceObject.metadata.annotations['${state}']`;

/** The policies, with a binding each. */
export function courseStateObjects({ ledger }: CourseStateOptions): AdmissionObject[] {
  return [
    ...refusal(
      "lectern-course-closed",
      CLOSED_STATE,
      "true",
      `'the semester ' + ${told(CLOSED_STATE)} + ' is being closed: no new work; fix: none, homes are archived'`,
      "the semester is being closed: no new work",
    ),
    ...refusal(
      "lectern-gpu-hours",
      SPENT_STATE,
      `variables.pods.exists(p, ${CEL_ASKS_GPU})`,
      `'the course has used ' + ${told(SPENT_STATE)} + ' GPU hours: no new GPU pods, those that run go on; ` +
        "fix: work without GPUs, or ask your teacher, who has the site raise gpuHours'",
      "the course has spent its GPU hours",
    ),
    ...sizeApprovalObjects(),
    ...(ledger ? finalizer() : []),
  ];
}

/**
 * Refuses new work of courses in a state where the expression holds. What was there before goes on, and can be changed
 * and removed.
 */
function refusal(
  name: string,
  state: string,
  when: string,
  messageExpression: string,
  message: string,
): AdmissionObject[] {
  return withBinding(
    "ValidatingAdmissionPolicy",
    name,
    {
      matchConstraints: { resourceRules: resourceRules(WORKLOADS, ["CREATE"]) },
      ...declared(variablesFor([when])),
      validations: [{ expression: `!(${when})`, message, messageExpression, reason: "Forbidden" }],
    },
    { validationActions: ["Deny", "Audit"], matchResources: inCourses(state) },
  );
}

function finalizer(): AdmissionObject[] {
  const name = "lectern-ledger-finalizer";
  const p = CEL_ASKS_GPU.replaceAll("p.spec", "object.spec");
  const hasNone = `!has(object.metadata.finalizers) || !('${LEDGER_FINALIZER}' in object.metadata.finalizers)`;
  return withBinding(
    "MutatingAdmissionPolicy",
    name,
    {
      reinvocationPolicy: "IfNeeded",
      matchConstraints: { resourceRules: resourceRules([POD], ["CREATE"]) },
      // The cheap one first: it answers for a pod that is asked about once more.
      matchConditions: [{ name: "asks-for-gpus-and-has-none-yet", expression: `(${hasNone}) && ${p}` }],
      mutations: [
        {
          patchType: "JSONPatch",
          jsonPatch: {
            expression:
              `has(object.metadata.finalizers) ? ` +
              `[JSONPatch{op: 'add', path: '/metadata/finalizers/-', value: '${LEDGER_FINALIZER}'}] : ` +
              `[JSONPatch{op: 'add', path: '/metadata/finalizers', value: ['${LEDGER_FINALIZER}']}]`,
          },
        },
      ],
    },
    { matchResources: inCourses() },
  );
}
