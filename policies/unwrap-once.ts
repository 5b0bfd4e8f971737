/** How the SDK takes properties out of a request: not part of its public face. */
export interface Unwrapping {
  deserializeProperties(properties: object, keepSecrets: boolean): Record<string, unknown>;
}

/**
 * Lets all policies share the properties of a request. The SDK unwraps a resource anew for each policy that it asks,
 * which with as many as these takes longer than all that they do. Rules only read what they are given.
 */
export function unwrapOnce(): void {
  const sdk = unwrapping();
  if (sdk === undefined) return;
  const unwrap = sdk.deserializeProperties;
  const known = new WeakMap<object, Record<string, unknown>>();
  sdk.deserializeProperties = (properties, keepSecrets) => {
    // With secrets kept apart a resource is unwrapped for what is filled in, and once.
    if (keepSecrets) return unwrap(properties, keepSecrets);
    const found = known.get(properties) ?? unwrap(properties, keepSecrets);
    known.set(properties, found);
    return found;
  };
}

/** Undefined where another version of the SDK keeps it elsewhere: that is only slower. */
function unwrapping(): Unwrapping | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- another version may not have it
    return require("@pulumi/policy/deserialize") as Unwrapping;
  } catch {
    return undefined;
  }
}

/**
 * The properties of a request that a policy is given in a wrapping of its own, which throws when a value is read that is
 * not known yet; the wrapping itself where another version of the SDK does not say what it wraps.
 */
export function propertiesOf(wrapped: Readonly<Record<string, unknown>>): object {
  const target = wrapped["__getSpecialProxyTarget"];
  return typeof target === "object" && target !== null ? target : wrapped;
}
