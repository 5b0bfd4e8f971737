import type { Fault } from "../faults";
import { isWithin, type Path, pathText, valueAt } from "../paths";
import { type Decoded, type Properties, UNKNOWN } from "./wire";

/** The value with each secret and each unknown replaced by a word. */
export function printable(value: unknown, secrets: readonly Path[], path: Path = []): unknown {
  if (value === undefined) return undefined;
  if (secrets.some((secret) => isWithin(path, secret))) return "(secret)";
  if (value === UNKNOWN) return "(unknown)";
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => printable(item, secrets, [...path, i]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, printable(item, secrets, [...path, key])]),
  );
}

/** Faults of a kind's own check name their value themselves: none may be a secret one. */
export function hideSecrets(faults: readonly Fault[], values: Properties, secrets: readonly Path[]): Fault[] {
  const texts = secretTexts({ values, secrets }).filter((text) => text !== "");
  const places = secrets.map(pathText);
  return faults.map((fault) =>
    places.some((place) => fault.path.startsWith(place)) || texts.some((text) => fault.value.includes(text))
      ? { ...fault, value: "(secret)" }
      : fault,
  );
}

/** The text without any of the secrets: the last line of defence, for messages of programs that a kind runs. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .reduce((t, secret) => t.replaceAll(secret, "[secret]"), text);
}

/** Every secret text of the properties. */
export function secretTexts({ values, secrets }: Decoded): string[] {
  return secrets.flatMap((path) => leaves(valueAt(values, path)));
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}
