import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Path } from "./paths";

/** A value that a preview cannot know yet. */
export const UNKNOWN = Symbol("unknown");

/** What a property may hold. */
export type Value = null | boolean | number | string | typeof UNKNOWN | readonly Value[] | Properties;
export interface Properties {
  readonly [name: string]: Value | undefined;
}

/** Properties as they came over the wire: plain values, and beside them what of it is secret. */
export interface Received {
  readonly value: Properties;
  /** The outermost places that were marked secret. */
  readonly secrets: readonly Path[];
}

// Pulumi's protocol marks an object as more than an object by this key (sdk/go/common/resource/properties.go).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
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

/** Takes secrets, unknowns, outputs and references out of their wrappings. Nothing else in this program sees those. */
export function receive(struct: Struct | undefined): Received {
  const secrets: Path[] = [];
  const value = unwrap(struct?.toJavaScript() ?? {}, [], false, secrets);
  return { value: value as Properties, secrets };
}

/** The way back: what stands at a secret place, or holds one, arrives as a secret. Places that hold nothing are passed over. */
export function send(value: Properties, secrets: readonly Path[]): Struct {
  const places = new Set(secrets.map((path) => JSON.stringify(path)));
  return Struct.fromJavaScript(wrap(value, [], places, false) as Record<string, JavaScriptValue>);
}

/** Whether the value is unknown or holds an unknown. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

function unwrap(value: unknown, path: Path, inSecret: boolean, secrets: Path[]): Value {
  if (UNKNOWN_SENTINELS.has(value)) return UNKNOWN;
  if (typeof value !== "object" || value === null) return value as Value;
  if (Array.isArray(value)) return value.map((item, i) => unwrap(item, [...path, i], inSecret, secrets));
  const object = value as Record<string, unknown>;
  const markSecret = (inner: unknown): Value => {
    if (!inSecret) secrets.push(path);
    return unwrap(inner, path, true, secrets);
  };
  switch (object[SIGNATURE]) {
    case undefined:
      return Object.fromEntries(
        Object.entries(object).map(([key, item]) => [key, unwrap(item, [...path, key], inSecret, secrets)]),
      );
    case SECRET:
      return markSecret(object["value"]);
    case OUTPUT: {
      const inner = "value" in object ? object["value"] : UNKNOWN_STRING;
      return object["secret"] === true ? markSecret(inner) : unwrap(inner, path, inSecret, secrets);
    }
    case RESOURCE:
      return unwrap(object["id"] ?? object["urn"], path, inSecret, secrets);
    default:
      throw new Error(
        `${path.join(".")}: an asset, or another kind of value that no resource of this provider takes`,
      );
  }
}

function wrap(value: Value, path: Path, secrets: ReadonlySet<string>, inSecret: boolean): unknown {
  if (!inSecret && path.length > 0 && secrets.has(JSON.stringify(path))) {
    return { [SIGNATURE]: SECRET, value: wrap(value, path, secrets, true) };
  }
  if (value === UNKNOWN) return UNKNOWN_STRING;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Value, i) => wrap(item, [...path, i], secrets, inSecret));
  return Object.fromEntries(
    Object.entries(value as Properties)
      .filter((entry): entry is [string, Value] => entry[1] !== undefined)
      .map(([key, item]) => [key, wrap(item, [...path, key], secrets, inSecret)]),
  );
}
