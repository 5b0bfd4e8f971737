import type { AdmissionObject } from "./admission";
import { CEL_GOVERNS, declared, variablesFor } from "./cel";
import { inCourses, resourceRules, withBinding } from "./in-courses";
import { CLASS_PREFIX } from "./size-classes";
import { CONFIG_MAP, POD } from "./workloads";

/** Label of a course's namespace with sizes that students ask for: other courses pay nothing for the policies. */
export const ASKED_SIZES_LABEL = "lectern.dev/asked-sizes";
/** ConfigMap of a course: the sizes that are asked for, the students, and what each was given. Teachers write it. */
export const APPROVALS_NAME = "size-approvals";
/** ConfigMap of a course: what students ask for, which each writes for themselves alone. */
export const ASKS_NAME = "size-asks";

/** Keys of a student and a size; neither has a dot in its name (RFC 1123, DNS labels). */
export const askKey = (student: string, size: string): string => `${student}.${size}`;
export const approvalKey = (student: string, size: string): string => `approved.${askKey(student, size)}`;

/** A size that students ask for, with its number. */
export interface AskedSize {
  readonly name: string;
  readonly number: number;
}

/** What the site's stack says of it in {@link APPROVALS_NAME}; whatever else stands there is the teachers'. */
export function approvalFrame(
  sizes: readonly AskedSize[],
  students: readonly string[],
): Record<(typeof FRAME)[number], string> {
  return {
    sizes: sizes.map(({ name, number }) => `${number}=${name}`).join(" "),
    students: students.join(" "),
  };
}
const FRAME = ["sizes", "students"] as const;

const CLASS = "object.spec.priorityClassName";
/** The name of the pod's size, if it is one that students ask for, in a list: by the class that `priority` has given it. */
const ASKED = {
  name: "asked",
  expression:
    `params.data.sizes.split(' ').filter(w, has(${CLASS}) && ${CLASS}.startsWith('${CLASS_PREFIX}') && ` +
    `w.split('=')[0] == ${CLASS}.substring(${CLASS}.lastIndexOf('.') + 1)).map(w, w.split('=')[1])`,
};
const CEL_GIVEN =
  "variables.asked.size() == 0 || variables.counted == '' || " +
  "('approved.' + variables.counted + '.' + variables.asked[0]) in params.data";

/** True where a student changes only what stands under keys of their own. */
const data = (object: string) => `(has(${object}.data) ? ${object}.data : {})`;
const CEL_OWN_ASKS =
  "variables.student == '' || [variables.student + '.'].all(own, " +
  `${data("object")}.all(k, k.startsWith(own) || k in ${data("oldObject")} && ${data("oldObject")}[k] == ${data("object")}[k]) && ` +
  `${data("oldObject")}.all(k, k.startsWith(own) || k in ${data("object")}))`;

/** True of a change that leaves what the site's stack says. */
const CEL_FRAME_STAYS = `request.operation == 'UPDATE' && ['${FRAME.join("', '")}'].all(k, object.?data[?k] == oldObject.?data[?k])`;

const BOUND = { validationActions: ["Deny", "Audit"], matchResources: inCourses(ASKED_SIZES_LABEL) };

/**
 * Policies of the API server for sizes that students ask for: a student's pod of such a size is refused until a teacher
 * has approved it, whoever makes the pod; students write what they ask for themselves alone; and nobody but who governs
 * the course removes what both are written in.
 */
export function sizeApprovalObjects(): AdmissionObject[] {
  return [
    ...withBinding(
      "ValidatingAdmissionPolicy",
      "lectern-size-approvals",
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: { resourceRules: resourceRules([POD], ["CREATE"]) },
        variables: [ASKED, ...variablesFor([CEL_GIVEN])],
        validations: [
          {
            expression: CEL_GIVEN,
            message:
              "the size is given when a teacher has approved it; fix: lectern course <course> ask <size>",
            messageExpression:
              "'size-approvals: ' + request.kind.kind + ' ' + request.name + ': no teacher has approved size ' + " +
              "variables.asked[0] + ' for ' + variables.counted + '; fix: lectern course ' + " +
              "request.namespace.substring(7) + ' ask ' + variables.asked[0] + ', or take another size'",
            reason: "Forbidden",
          },
        ],
      },
      { paramRef: { name: APPROVALS_NAME, parameterNotFoundAction: "Deny" }, ...BOUND },
    ),
    ...withBinding(
      "ValidatingAdmissionPolicy",
      "lectern-size-asks",
      {
        matchConstraints: { resourceRules: resourceRules([CONFIG_MAP], ["UPDATE"]) },
        matchConditions: [{ name: "asks", expression: `request.name == '${ASKS_NAME}'` }],
        ...declared(variablesFor([CEL_OWN_ASKS])),
        validations: [
          {
            expression: CEL_OWN_ASKS,
            message: "size-asks: a student asks for nobody else; fix: lectern course <course> ask <size>",
            reason: "Forbidden",
          },
        ],
      },
      BOUND,
    ),
    ...withBinding(
      "ValidatingAdmissionPolicy",
      "lectern-size-frame",
      {
        matchConstraints: { resourceRules: resourceRules([CONFIG_MAP], ["UPDATE", "DELETE"]) },
        matchConditions: [
          { name: "frame", expression: `oldObject.metadata.name in ['${APPROVALS_NAME}', '${ASKS_NAME}']` },
        ],
        validations: [
          {
            expression: `${CEL_FRAME_STAYS} || ${CEL_GOVERNS}`,
            message:
              "size-frame: the course's sizes are asked for and approved by this; fix: lectern course <course> approve|refuse, or change the course's stack: pulumi up -s <course>",
            reason: "Forbidden",
          },
        ],
      },
      BOUND,
    ),
  ];
}
