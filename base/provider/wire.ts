import * as jspb from "google-protobuf";
import * as structs from "google-protobuf/google/protobuf/struct_pb";
import { fastStructs } from "../fast-structs";
import type { Path } from "../paths";

fastStructs(structs, jspb);
const { Struct } = structs;
type Struct = structs.Struct;

/** A value that a preview cannot know yet. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** Plain properties of a resource: secrets unwrapped, what is not known yet {@link UNKNOWN}. */
export type Properties = Record<string, unknown>;

/** What came over the wire: plain values, and beside them what of it is secret. */
export interface Decoded {
  readonly values: Properties;
  /** The outermost places that were marked secret. */
  readonly secrets: readonly Path[];
}

// Pulumi's protocol marks an object as more than an object by this key (sdk/go/common/resource/properties.go).
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** The sentinel that this side sends: an unknown string stands for an unknown of any type. */
const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** All that the engine may send (sdk/go/common/resource/plugin/rpc.go): bool, number, string, array, asset, archive, object. */
const UNKNOWN_SENTINELS: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  UNKNOWN_STRING,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * Takes secrets, unknowns, outputs and references out of their wrappings. Nothing else in a provider sees those.
 * @param struct A missing one reads as empty.
 * @param options.assets Whether files and archives may be among the values; they are left as they are on the wire.
 * @throws {Error} at an asset that may not be there, and at a kind of value that nobody knows
 */
export function decode(struct: Struct | undefined, { assets = false } = {}): Decoded {
  const secrets: Path[] = [];
  const values = unwrap(struct?.toJavaScript() ?? {}, [], false, { secrets, assets });
  return { values: values as Properties, secrets };
}

/**
 * The way back.
 * @param marked Places where the program put secrets. Where the values have another shape by now, so that the place is
 *   gone, the nearest value above it is marked instead: a secret never loses its mark by moving.
 * @param always Places that are secret if there is anything; they are passed over where they hold nothing.
 */
export function encode(
  values: Properties,
  marked: readonly Path[] = [],
  always: readonly Path[] = [],
): Struct {
  const held = always.filter((path) => holds(values, path));
  return Struct.fromJavaScript(wrap(values, [...marked, ...held]) as Record<string, structs.JavaScriptValue>);
}

/** Whether the value is unknown or holds an unknown. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return isContainer(value) && Object.values(value).some(hasUnknown);
}

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

/** What is gathered, and what is allowed, on the way through received values. */
interface Unwrapping {
  readonly secrets: Path[];
  readonly assets: boolean;
}

function unwrap(value: unknown, path: Path, inSecret: boolean, found: Unwrapping): unknown {
  if (UNKNOWN_SENTINELS.has(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item, i) => unwrap(item, [...path, i], inSecret, found));
  if (!isContainer(value)) return value;
  const secret = (inner: unknown): unknown => {
    if (!inSecret) found.secrets.push(path);
    return unwrap(inner, path, true, found);
  };
  switch (value[SIGNATURE]) {
    case undefined:
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, unwrap(item, [...path, key], inSecret, found)]),
      );
    case SECRET:
      return secret(value["value"]);
    case OUTPUT: {
      const inner = "value" in value ? value["value"] : UNKNOWN_STRING;
      return value["secret"] === true ? secret(inner) : unwrap(inner, path, inSecret, found);
    }
    case RESOURCE:
      return unwrap(value["id"] ?? value["urn"], path, inSecret, found);
    default:
      if (found.assets) return value;
      throw new Error(
        `${path.join(".")}: an asset, or another kind of value that this resource does not take`,
      );
  }
}

/** @param secrets Paths that begin at this value; an empty one means the value itself. */
function wrap(value: unknown, secrets: readonly Path[]): unknown {
  if (secrets.some((path) => path.length === 0)) return { [SIGNATURE]: SECRET, value: wrap(value, []) };
  if (value === UNKNOWN) return UNKNOWN_STRING;
  if (Array.isArray(value)) return value.map((item, i) => wrap(item, below(secrets, i, item)));
  if (!isContainer(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, wrap(item, below(secrets, key, item))]),
  );
}

/** The rest of the paths that lead through this key, cut short where the value below cannot be entered. */
function below(secrets: readonly Path[], key: string | number, value: unknown): Path[] {
  return secrets
    .filter((path) => path[0] === key)
    .map((path) => path.slice(1))
    .map((rest) => (holds(value, rest) ? rest : []));
}

/** Whether there is anything at that place. */
function holds(value: unknown, [key, ...rest]: Path): boolean {
  if (key === undefined) return true;
  return isContainer(value) && Object.hasOwn(value, key) && holds(value[key], rest);
}
