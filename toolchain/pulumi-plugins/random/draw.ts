import { randomInt } from "node:crypto";

/** One item, each with the same chance. The system's cryptographic source, by rejection and so without bias. */
export function pick<T>(items: readonly T[]): T {
  if (items.length === 0) throw new RangeError("nothing to pick from");
  return items[randomInt(items.length)] as T;
}

/** The items in an order drawn from all orders with the same chance (Fisher and Yates). */
export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
