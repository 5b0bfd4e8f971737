import { createHash } from "node:crypto";

/**
 * Kubernetes counts the pods of a kind apart by their PriorityClass alone (ResourceQuota, scopeSelector). So each size of
 * a course has a class, and, where a course limits its students, each size of each student. All have one priority.
 */

/** Sizes that a course may have: so many classes a site makes. */
export const MOST_SIZES = 10;

/** What every class begins with that tells a size. */
export const CLASS_PREFIX = "lectern-";
/** The classes of sizes; a size's number follows. */
export const SIZE_CLASSES = `${CLASS_PREFIX}size.`;

/**
 * The classes of a course's students; the student's id and `.<number of the size>` follow. A quota takes 63 characters
 * of a class, so the course is told by a hash.
 */
export function studentClasses(course: string): string {
  return `${CLASS_PREFIX}${createHash("sha256").update(course).digest("hex").slice(0, 8)}.`;
}

/** What the classes of one student begin with. @param classes What {@link studentClasses} made. */
export const classesOfStudent = (classes: string, student: string): string => `${classes}${student}.`;

/** The class of a size, for a student where `of` is what {@link classesOfStudent} made. */
export const sizeClass = (number: number, of = SIZE_CLASSES): string => `${of}${number}`;

/** A PriorityClass that stands for a size: as high as no class, and taking nothing from anybody. */
export function sizeClassObject(name: string, description: string) {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value: 0,
    preemptionPolicy: PREEMPTION,
    description,
  };
}

/** Of every such class; a pod must say the same (Kubernetes, admission plug-in Priority). */
export const PREEMPTION = "Never";

/** The classes of sizes that a site makes. */
export function siteSizeClasses() {
  return Array.from({ length: MOST_SIZES }, (_, i) =>
    sizeClassObject(sizeClass(i + 1), `The size that a course lists at place ${i + 1}.`),
  );
}
