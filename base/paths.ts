/** Where a value stands in plain data: `["bmc", "password"]`, `["partitions", 0, "name"]`. */
export type Path = readonly (string | number)[];

/** As Pulumi writes it, and an operator reads it: `partitions[0].name`, `labels["a.b"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => {
      if (typeof step === "number") return `[${step}]`;
      const name = String(step);
      return /^[A-Za-z_$][-\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join("")
    .replace(/^\./, "");
}

/** Whether the path is that place or lies in it. */
export function isWithin(path: readonly PropertyKey[], place: Path): boolean {
  return place.length <= path.length && place.every((step, i) => step === path[i]);
}

/** What stands there; undefined if nothing does. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | null | undefined)?.[step],
    data,
  );
}
