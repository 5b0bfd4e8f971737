import { Ipmi } from "./client";
import type { IpmiOptions } from "./options";

/** Called once, with an error or with a value. */
export type Callback<T> = (error: Error | null, value?: T) => void;

/** A method that takes a callback as its last argument, or gives a promise without one; faces have such methods. */
type WithCallback<M> = M extends (...args: infer Args) => Promise<infer T>
  ? M & ((...args: [...Required<Args>, Callback<T>]) => void) & ((callback: Callback<T>) => void)
  : M extends (...args: never) => unknown
    ? M
    : M extends object
      ? CallbackFace<M>
      : M;

/** The client, its faces (`ipmi.sensors`, `ipmi.users`) too, in the shape of old `node-ipmi`. */
export type CallbackFace<T> = { readonly [Name in keyof T]: WithCallback<T[Name]> };

/**
 * `new Ipmi` for callers with callbacks: each method takes one as its last argument, and still gives a promise
 * without one. An error in the callback itself is the caller's, and ends the process as any uncaught one does.
 */
export function createIpmi(
  host: string,
  user: string,
  password: string | Uint8Array,
  options?: IpmiOptions,
): CallbackFace<Ipmi> {
  return calledBack(new Ipmi(host, user, password, options)) as CallbackFace<Ipmi>;
}

function calledBack<T extends object>(target: T): unknown {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member === "object" && member !== null) return calledBack(member);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const last = args.at(-1);
        if (typeof last !== "function") return member.apply(object, args) as unknown;
        const callback = last as Callback<unknown>;
        (member.apply(object, args.slice(0, -1)) as Promise<unknown>).then(
          (value) => process.nextTick(callback, null, value),
          (error: Error) => process.nextTick(callback, error),
        );
        return undefined;
      };
    },
  });
}
