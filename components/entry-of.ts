import * as pulumi from "@pulumi/pulumi";

type Apply<T> = (
  read: (held: Readonly<Record<string, T>> | undefined) => T | undefined,
  runWithUnknowns: boolean,
) => pulumi.Output<T>;

/**
 * One entry of an output that is an object. In a preview it is known as soon as it is, whatever others are, so that what
 * is made of it is shown to change only if it does. It is what `output[key]` gives (Pulumi lifts properties), for any
 * key: an output has members of its own, such as `get`, that a key may be called like.
 */
export function entryOf<T>(all: pulumi.Output<Readonly<Record<string, T>>>, key: string): pulumi.Output<T> {
  const apply = all.apply.bind(all) as unknown as Apply<T>;
  return apply((held) => (pulumi.isUnknown(held) ? (pulumi.unknown as T) : held?.[key]), true);
}
