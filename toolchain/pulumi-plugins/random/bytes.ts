import { randomBytes as draw, randomUUID } from "node:crypto";
import type { Fault } from "../../../base/faults";
import { once } from "./once";

/** `random.RandomId`: bytes that may be shown, in several notations, each after `prefix`. */
export const randomId = once<{ byteLength: number; prefix?: string }>({
  check: ({ byteLength }) => wholeFrom("byteLength", byteLength, 1),
  draw({ byteLength, prefix = "" }) {
    const bytes = draw(byteLength);
    const b64Url = bytes.toString("base64url");
    return {
      id: b64Url,
      outputs: {
        b64Url: prefix + b64Url,
        b64Std: prefix + bytes.toString("base64"),
        hex: prefix + bytes.toString("hex"),
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
      },
    };
  },
});

/** `random.RandomBytes`: secret bytes, as keys are made of. */
export const randomBytes = once<{ length: number }>({
  secrets: [["base64"], ["hex"]],
  check: ({ length }) => wholeFrom("length", length, 1),
  draw({ length }) {
    const bytes = draw(length);
    return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
});

const uuid4 = () => {
  const result = randomUUID();
  return { id: result, outputs: { result } };
};
/** `random.RandomUuid`: version 4 of RFC 9562. */
export const randomUuid = once({ draw: uuid4 });
/** `random.RandomUuid4`: the same under its other name. */
export const randomUuid4 = once({ draw: uuid4 });

/** `random.RandomUuid7`: RFC 9562, section 5.7; 48 bits of Unix time in milliseconds lead. */
export const randomUuid7 = once({
  draw() {
    const bytes = draw(16);
    bytes.writeUIntBE(Date.now(), 0, 6);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const result = bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    return { id: result, outputs: { result } };
  },
});

function wholeFrom(path: string, value: number, least: number): Fault[] {
  if (Number.isSafeInteger(value) && value >= least) return [];
  return [{ path, value: String(value), problem: "not allowed", fix: `give a whole number from ${least}` }];
}
