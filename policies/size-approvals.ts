import { CALLED } from "./accounts";
import type { AdmissionObject } from "./admission";
import { API_VERSION, inCourses } from "./in-courses";
import { CLASS_PREFIX } from "./size-classes";

/** Label of a course's namespace with sizes that students ask for: other courses pay nothing for the policies. */
export const ASKED_SIZES_LABEL = "lectern.dev/asked-sizes";
/** ConfigMap of a course: the sizes that are asked for, the students, and what each was given. Teachers write it. */
export const APPROVALS_NAME = "size-approvals";
/** ConfigMap of a course: what students ask for, which each writes for themselves alone. */
export const ASKS_NAME = "size-asks";

/** Keys of a student and a size; neither has a dot in its name (RFC 1123, DNS labels). */
export const askKey = (student: string, size: string): string => `${student}.${size}`;
export const approvalKey = (student: string, size: string): string => `approved.${askKey(student, size)}`;

/** What the site's stack says of it in {@link APPROVALS_NAME}; whatever else stands there is the teachers'. */
export function approvalFrame(
  sizes: readonly { readonly name: string; readonly number: number }[],
  students: readonly string[],
): Record<string, string> {
  return {
    sizes: sizes.map(({ name, number }) => `${number}=${name}`).join(" "),
    students: students.join(" "),
  };
}

const CLASS = "object.spec.priorityClassName";
/**
 * The number of the pod's size, by the class that the policy `priority` has given it; the name of the size, if it is one
 * that students ask for; the student after whom the pod is called. Lists of one, or of none.
 */
const VARIABLES = [
  {
    name: "asked",
    expression:
      `params.data.sizes.split(' ').filter(w, has(${CLASS}) && ${CLASS}.startsWith('${CLASS_PREFIX}') && ` +
      `w.split('=')[0] == ${CLASS}.substring(${CLASS}.lastIndexOf('.') + 1)).map(w, w.split('=')[1])`,
  },
  {
    name: "whose",
    expression: `params.data.students.split(' ').filter(s, s != '' && ${CALLED}.startsWith(s + '-'))`,
  },
];
const CEL_GIVEN =
  "variables.asked.size() == 0 || variables.whose.size() == 0 || " +
  "('approved.' + variables.whose[0] + '.' + variables.asked[0]) in params.data";

/** True where all that changes is what stands under keys of the student who asks. */
const ACCOUNT = "('system:serviceaccount:' + request.namespace + ':student-')";
const data = (object: string) => `(has(${object}.data) ? ${object}.data : {})`;
const CEL_OWN_ASKS =
  `[request.userInfo.username.substring(${ACCOUNT}.size()) + '.'].all(own, ` +
  `${data("object")}.all(k, k.startsWith(own) || k in ${data("oldObject")} && ${data("oldObject")}[k] == ${data("object")}[k]) && ` +
  `${data("oldObject")}.all(k, k.startsWith(own) || k in ${data("object")}))`;

/**
 * Policies of the API server for sizes that students ask for: a student's pod of such a size is refused until a teacher
 * has approved it, whoever makes the pod; and students write what they ask for themselves alone.
 */
export function sizeApprovalObjects(): AdmissionObject[] {
  return [
    policy("lectern-size-approvals", "pods", "CREATE", {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      variables: VARIABLES,
      validations: [
        {
          expression: CEL_GIVEN,
          message:
            "the size is given when a teacher has approved it; fix: lectern course <course> ask <size>",
          messageExpression:
            "'size-approvals: ' + request.kind.kind + ' ' + request.name + ': no teacher has approved size ' + " +
            "variables.asked[0] + ' for ' + variables.whose[0] + '; fix: lectern course ' + " +
            "request.namespace.substring(7) + ' ask ' + variables.asked[0] + ', or take another size'",
          reason: "Forbidden",
        },
      ],
    }),
    binding("lectern-size-approvals", {
      paramRef: { name: APPROVALS_NAME, parameterNotFoundAction: "Deny" },
    }),
    policy("lectern-size-asks", "configmaps", "UPDATE", {
      matchConditions: [
        {
          name: "a-student-asks",
          expression: `request.name == '${ASKS_NAME}' && request.userInfo.username.startsWith(${ACCOUNT})`,
        },
      ],
      validations: [
        {
          expression: CEL_OWN_ASKS,
          message: "size-asks: a student asks for nobody else; fix: lectern course <course> ask <size>",
          reason: "Forbidden",
        },
      ],
    }),
    binding("lectern-size-asks", {}),
  ];
}

function policy(name: string, resource: string, operation: string, spec: object): AdmissionObject {
  const resourceRules = [
    { apiGroups: [""], apiVersions: ["v1"], operations: [operation], resources: [resource] },
  ];
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: { failurePolicy: "Fail", matchConstraints: { resourceRules }, ...spec },
  };
}

function binding(name: string, spec: object): AdmissionObject {
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      ...spec,
      validationActions: ["Deny", "Audit"],
      matchResources: inCourses(ASKED_SIZES_LABEL),
    },
  };
}
