/** Privilege levels by number (IPMI 2.0 table 6-2 and section 22.26). */
const LEVELS = ["reserved", "callback", "user", "operator", "administrator", "oem"] as const;
const NO_ACCESS = 0x0f;

/** `none` is "no access". */
export type PrivilegeName = (typeof LEVELS)[number] | "none";

/** @param level the lower half of a byte counts */
export function privilegeName(level: number): PrivilegeName {
  const number = level & 0x0f;
  return number === NO_ACCESS ? "none" : (LEVELS[number] ?? "reserved");
}

export function privilegeLevel(name: PrivilegeName): number {
  return name === "none" ? NO_ACCESS : LEVELS.indexOf(name);
}
