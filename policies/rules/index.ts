import type { Rule } from "../rule";
import { courseCapacity } from "./course-capacity";
import { imageDigest } from "./image-digest";
import { jobWithinQuota } from "./job-within-quota";
import { noPrivilegedOrHost } from "./no-privileged-or-host";
import { onePkeyPerCourse } from "./one-pkey-per-course";
import { workloadLimits } from "./workload-limits";

/** Every rule. */
export const RULES: readonly Rule[] = [
  courseCapacity,
  workloadLimits,
  imageDigest,
  noPrivilegedOrHost,
  onePkeyPerCourse,
  jobWithinQuota,
];
