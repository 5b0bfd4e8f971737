const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of Kubernetes (`500m`, `2Gi`, `8`, `1e3`) as a number, or undefined if it is none (API reference, Quantity). */
export function parseQuantity(value: unknown): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(
    String(value),
  );
  if (!match) return undefined;
  return (
    Number(match[1]) * (match[2] === undefined ? (FACTORS[match[3] ?? ""] ?? NaN) : 10 ** Number(match[2]))
  );
}

/** What a container may use of a resource at most; 0 where it does not say. */
export function limitOf(
  container: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } },
  resource: string,
): number {
  return parseQuantity(container.resources?.limits?.[resource] ?? 0) ?? NaN;
}

/** Whether a container `c` that says something of its resources has a limit of one, in CEL. */
export const celIsLimited = (resource: string) =>
  `has(c.resources.limits) && '${resource}' in c.resources.limits`;

/** {@link limitOf} a container `c` in CEL. */
export const celLimit = (resource: string) =>
  `(has(c.resources) && ${celIsLimited(resource)} ? ` +
  `quantity(string(c.resources.limits['${resource}'])).asApproximateFloat() : 0.0)`;

/** The sum of a list of numbers in CEL; that of an empty list has no type of its own. */
export const celSum = (list: string) => `([0.0] + ${list}).sum()`;

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
