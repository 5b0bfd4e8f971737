import type { Rule } from "../rule";
import { claims } from "./claims";
import { clusterKinds } from "./cluster-kinds";
import { confinement } from "./confinement";
import { courseCapacity } from "./course-capacity";
import { courseDates } from "./course-dates";
import { courseFrame } from "./course-frame";
import { courseLabel } from "./course-label";
import { courseNames } from "./course-names";
import { courseQueue } from "./course-queue";
import { dataSetsReadOnly } from "./data-sets-read-only";
import { devices } from "./devices";
import { egress } from "./egress";
import { exposure } from "./exposure";
import { fabricPartition } from "./fabric-partition";
import { gpuTimeSlicing } from "./gpu-time-slicing";
import { gpuVisibility } from "./gpu-visibility";
import { groupMachines } from "./group-machines";
import { hostNamespaces } from "./host-namespaces";
import { imageDigest } from "./image-digest";
import { instanceSizes } from "./instance-sizes";
import { jobBounds } from "./job-bounds";
import { jobWithinLimits } from "./job-within-limits";
import { jobWithinQuota } from "./job-within-quota";
import { nonRoot } from "./non-root";
import { onePkeyPerCourse } from "./one-pkey-per-course";
import { ownHome } from "./own-home";
import { ownSecrets } from "./own-secrets";
import { ownWork } from "./own-work";
import { ownership } from "./ownership";
import { placement } from "./placement";
import { plainSecrets } from "./plain-secrets";
import { priority } from "./priority";
import { privileges } from "./privileges";
import { queueShares } from "./queue-shares";
import { rbacLimits } from "./rbac-limits";
import { serviceAccounts } from "./service-accounts";
import { tolerations } from "./tolerations";
import { volumeSources } from "./volume-sources";
import { workloadLimits } from "./workload-limits";

/** Every rule, by what it guards: the machine, the shares, people, the course, the room. */
export const RULES: readonly Rule[] = [
  hostNamespaces,
  volumeSources,
  privileges,
  nonRoot,
  confinement,
  imageDigest,
  serviceAccounts,
  plainSecrets,
  workloadLimits,
  instanceSizes,
  devices,
  gpuVisibility,
  gpuTimeSlicing,
  courseQueue,
  jobWithinQuota,
  jobWithinLimits,
  jobBounds,
  placement,
  priority,
  tolerations,
  groupMachines,
  ownWork,
  ownHome,
  ownSecrets,
  ownership,
  dataSetsReadOnly,
  claims,
  fabricPartition,
  egress,
  exposure,
  rbacLimits,
  courseFrame,
  courseNames,
  courseLabel,
  courseDates,
  clusterKinds,
  queueShares,
  courseCapacity,
  onePkeyPerCourse,
];
