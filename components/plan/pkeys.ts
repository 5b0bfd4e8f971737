import { createHash } from "node:crypto";
import type { FaultCollector } from "../../base/faults";

/** P_Key 0 is invalid and 0x7fff is the default partition (InfiniBand Architecture Specification, volume 1, 10.9.1). */
const PKEY_MIN = 0x0001;
const PKEY_MAX = 0x7ffe;
/** P_Keys made from names lie here; those below are for people to choose. */
const DERIVED_MIN = 0x1000;

export interface ReservedPkey {
  readonly owner: string;
  readonly pkey: number;
}

export const formatPkey = (pkey: number): string => `0x${pkey.toString(16).padStart(4, "0")}`;

/** The P_Key of a course that names none: from its name alone, so that no other course's coming or going moves it. */
export function derivedPkey(course: string): number {
  const hash = createHash("sha256").update(`lectern/pkey/${course}`).digest().readUInt32BE(0);
  return DERIVED_MIN + (hash % (PKEY_MAX - DERIVED_MIN + 1));
}

/** The P_Key of a course, as its config says or made from its name. */
export const pkeyOf = (course: string, pkey: string | undefined): number =>
  pkey === undefined ? derivedPkey(course) : Number.parseInt(pkey, 16);

/** Whether a course's P_Key is in range and nobody else's. */
export function pkeyFaults(
  written: string | undefined,
  pkey: number,
  reserved: readonly ReservedPkey[],
  faults: FaultCollector,
): void {
  const path = "lectern:course.pkey";
  if (pkey < PKEY_MIN || pkey > PKEY_MAX) {
    faults.add(
      path,
      written,
      "outside 0x0001 to 0x7ffe",
      "a P_Key without the membership bit; 0x7fff is the default partition",
    );
  }
  for (const { owner } of reserved.filter((r) => r.pkey === pkey)) {
    const taken = new Set(reserved.map((r) => r.pkey));
    let free = 0x0011;
    while (taken.has(free)) free += 1;
    faults.add(
      path,
      written ?? `${formatPkey(pkey)}, made from the name`,
      `already the P_Key of ${owner}`,
      `a free one, such as "${formatPkey(free)}"`,
    );
  }
}
