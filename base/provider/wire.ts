import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Pulumi's property values on the wire (sdk/proto/pulumi/provider.proto; signatures from
 * sdk/go/common/resource/properties.go): a protobuf Struct in which objects with a signature key stand for
 * secrets and outputs, and one constant string for values not known yet.
 */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Plain properties of a resource. Secrets are unwrapped; unknown values are {@link UNKNOWN}. */
export type Properties = Record<string, unknown>;

/** Stands for a value that is not known during a preview. */
export const UNKNOWN: unique symbol = Symbol.for("lectern.unknown");

/** Where a secret lies: the property and the keys and indexes below it. */
export type SecretPath = readonly (string | number)[];

/** What came over the wire: plain values, and which of them were secret. */
export interface Decoded {
  readonly values: Properties;
  readonly secrets: readonly SecretPath[];
}

/** Reads a Struct. A missing one reads as empty. */
export function decode(struct: Struct | undefined): Decoded {
  const secrets: SecretPath[] = [];
  const values = plain(struct?.toJavaScript() ?? {}, [], secrets) as Properties;
  return { values, secrets };
}

/**
 * Writes properties, with secrets marked.
 *
 * A secret is marked at its own path. Where the value has changed shape, so that the path is gone, the nearest
 * value above it that is still there is marked instead: a secret never loses its mark by moving.
 */
export function encode(values: Properties, secrets: readonly SecretPath[] = []): Struct {
  return Struct.fromJavaScript(wire(values, secrets) as Record<string, JavaScriptValue>);
}

/** Whether the value is, or holds, an unknown value. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

/** Whether two plain values are equal, member for member. An unknown value equals nothing. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameValue(a[key], b[key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function plain(value: unknown, path: SecretPath, secrets: SecretPath[]): unknown {
  if (value === UNKNOWN_TEXT) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item, i) => plain(item, [...path, i], secrets));
  if (!isRecord(value)) return value;
  const signature = value[SIGNATURE_KEY];
  if (signature === SECRET_SIGNATURE || signature === OUTPUT_SIGNATURE) {
    if (signature === SECRET_SIGNATURE || value.secret === true) secrets.push(path);
    return value.value === undefined ? UNKNOWN : plain(value.value, path, secrets);
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v, [...path, k], secrets)]));
}

function wire(value: unknown, secrets: readonly SecretPath[]): unknown {
  if (secrets.some((path) => path.length === 0)) {
    return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: wire(value, []) };
  }
  if (value === UNKNOWN) return UNKNOWN_TEXT;
  if (Array.isArray(value)) return value.map((item, i) => wire(item, below(secrets, i, item)));
  if (!isRecord(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, wire(v, below(secrets, k, v))]),
  );
}

/** The rest of the paths that lead through this key, cut short where the value below cannot be entered. */
function below(secrets: readonly SecretPath[], key: string | number, value: unknown): SecretPath[] {
  return secrets
    .filter((path) => path[0] === key)
    .map((path) => path.slice(1))
    .map((rest) => (rest.length > 0 && reaches(value, rest) ? rest : []));
}

function reaches(value: unknown, path: SecretPath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  return isRecord(value) && key in value && reaches((value as Record<string | number, unknown>)[key], rest);
}
