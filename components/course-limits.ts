import * as pulumi from "@pulumi/pulumi";
import { KubernetesObjects } from "../bare-metal/provider/sdk";
import { approvalFrame, APPROVALS_NAME, type AskedSize, ASKS_NAME } from "../policies/size-approvals";
import { classesOfStudent, sizeClass, sizeClassObject, studentClasses } from "../policies/size-classes";
import { studentHard, type StudentLimits } from "./plan/allocation";
import { boundSizes, type CoursePlan } from "./plan/course-plan";
import type { SizeQuota } from "./plan/instance-sizes";

export interface CourseLimitsArgs {
  readonly course: string;
  readonly namespace: pulumi.Input<string>;
  /** Of the cluster's administrator. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly plan: Pick<CoursePlan, "sizeQuotas" | "studentLimits">;
  readonly students: readonly string[];
  /** Sizes that students ask for. */
  readonly asked: readonly AskedSize[];
}

/**
 * The quota of each size and, where students have limits, that of each student, with the priority classes that tell the
 * pods apart (policies/size-classes.ts); and where students ask for sizes, what they ask for and what was approved, which
 * their people write (policies/size-approvals.ts). All are one resource: who joins or leaves touches no other student's.
 */
export class CourseLimits extends pulumi.ComponentResource {
  constructor(name: string, args: CourseLimitsArgs, options?: pulumi.ComponentResourceOptions) {
    super("lectern:index:CourseLimits", name, {}, options);
    const { plan, students, asked } = args;
    const { studentLimits } = plan;
    const objects = [
      // One as high as the course's own would refuse no pod, and be written for each all the same.
      ...boundSizes(plan)
        .filter(({ by }) => by !== "course")
        .map((quota) => sizeQuotaOf(quota, args)),
      ...(studentLimits === undefined
        ? []
        : students.flatMap((student) => studentObjects(student, studentLimits, args))),
      ...(asked.length > 0 ? approvalObjects(args) : []),
    ];
    new KubernetesObjects(
      `${name}-limits`,
      { kubeconfig: args.kubeconfig, objects: Object.fromEntries(objects) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** What the priority classes of a student begin with. */
const classesOf = (course: string, student: string) => classesOfStudent(studentClasses(course), student);

function sizeQuotaOf({ size, number, pods }: SizeQuota, args: CourseLimitsArgs) {
  const { course, students, plan } = args;
  const own =
    plan.studentLimits === undefined ? [] : students.map((s) => sizeClass(number, classesOf(course, s)));
  const name = `size-${size}`;
  return [
    `${name}/quota`,
    quotaObject(name, [sizeClass(number), ...own], { pods: String(pods) }, args),
  ] as const;
}

/** A student's quota, and a class for each size. */
function studentObjects(student: string, limits: StudentLimits, args: CourseLimitsArgs) {
  const { course, plan } = args;
  const classes = plan.sizeQuotas.map(({ number, size }) =>
    sizeClassObject(
      sizeClass(number, classesOf(course, student)),
      `Size ${size} of ${student} in course ${course}.`,
    ),
  );
  const name = `student-${student}`;
  const quota = quotaObject(
    name,
    classes.map((c) => c.metadata.name),
    studentHard(limits),
    args,
    {
      "lectern.dev/person": student,
    },
  );
  return [
    ...classes.map((c, i) => [`${student}/class-${i + 1}`, c] as const),
    [`${student}/quota`, quota] as const,
  ];
}

/** Their people's own keys are not named here, so an update leaves them. */
function approvalObjects({ namespace, labels, asked, students }: CourseLimitsArgs) {
  const map = (name: string, data?: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels },
    ...(data && { data }),
  });
  return [
    ["approvals", map(APPROVALS_NAME, approvalFrame(asked, students))],
    ["asks", map(ASKS_NAME)],
  ] as const;
}

function quotaObject(
  name: string,
  classes: readonly string[],
  hard: Readonly<Record<string, string>>,
  { namespace, labels }: CourseLimitsArgs,
  more: Readonly<Record<string, string>> = {},
) {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name, namespace, labels: { ...labels, ...more } },
    spec: {
      hard: { ...hard },
      scopeSelector: {
        matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: [...classes] }],
      },
    },
  };
}
