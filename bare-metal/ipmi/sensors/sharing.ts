/** How several sensors share one record (IPMI 2.0 table 43-2, bytes 24 and 25). */
export interface Sharing {
  /** Sensors, with numbers in sequence: 1 to 15. */
  readonly count: number;
  /** What is put behind the name for each of them. */
  readonly modifier: "numeric" | "alpha";
  /** Of the first sensor: 0 is `0` or `A`; to 127. */
  readonly offset: number;
  /** Whether each has an entity instance of its own. */
  readonly instances: boolean;
}

/** Reads the two bytes. A count of 0 is taken as 1: the record itself. */
export function sharingOf(first: number, second: number): Sharing {
  return {
    count: Math.max(1, first & 0x0f),
    modifier: ((first >> 4) & 3) === 1 ? "alpha" : "numeric",
    offset: second & 0x7f,
    instances: (second & 0x80) !== 0,
  };
}

/** The name of sensor n of those who share the record; one that shares it with none keeps the record's. */
export function sharedName(name: string, { count, modifier, offset }: Sharing, n: number): string {
  if (count === 1) return name;
  return name + (modifier === "alpha" ? letters(offset + n) : String(offset + n));
}

/** 0 is A, 25 is Z, 26 is AA. */
function letters(n: number): string {
  const last = String.fromCharCode(0x41 + (n % 26));
  return n < 26 ? last : letters(Math.floor(n / 26) - 1) + last;
}
