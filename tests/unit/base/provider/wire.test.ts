import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { compareInputs } from "../../../../base/provider";
import {
  decode,
  encode,
  hasUnknown,
  sameValue,
  UNKNOWN,
  type Properties,
} from "../../../../base/provider/wire";

const json = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 3 }),
) as fc.Arbitrary<Properties>;
/** As sdk/go/common/resource/properties.go has it. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

describe("base/provider: wire", () => {
  it("gives back plain values as they were", () => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll("-0", "0"));
    fc.assert(
      fc.property(json, (values) => assert.deepEqual(plain(decode(encode(values)).values), plain(values))),
    );
  });

  it("unwraps a secret wherever it lies, and marks it there again", () => {
    const wire = {
      bmc: { user: "root", password: secret("p") },
      list: [1, secret([2])],
      all: secret({ a: 1 }),
    };
    const { values, secrets } = decode(Struct.fromJavaScript(wire as never));
    assert.deepEqual(values, { bmc: { user: "root", password: "p" }, list: [1, [2]], all: { a: 1 } });
    assert.deepEqual(new Set(secrets), new Set([["bmc", "password"], ["list", 1], ["all"]]));
    assert.deepEqual(encode(values, secrets).toJavaScript(), wire);
  });

  it("never lets a secret lose its mark by moving", () => {
    fc.assert(
      fc.property(json, (before) => {
        const token = createHash("sha256").update(JSON.stringify(before)).digest("hex");
        const { secrets } = decode(
          Struct.fromJavaScript({ box: { deep: { token: secret(token) } } } as never),
        );
        const moved = encode({ ...before, box: { other: token } }, secrets).toJavaScript();
        assert.deepEqual(moved.box, secret({ other: token }));
      }),
    );
  });

  it("reads an unknown value as such, and never equal to anything", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { values } = decode(Struct.fromJavaScript({ a: [unknown] }));
    assert.deepEqual(values, { a: [UNKNOWN] });
    assert.ok(hasUnknown(values));
    assert.ok(!sameValue(values, values));
    assert.deepEqual(encode(values).toJavaScript(), { a: [unknown] });
  });

  it("reads an output value that is secret or not known yet", () => {
    const output = { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    const { values, secrets } = decode(
      Struct.fromJavaScript({ a: { ...output, value: 1, secret: true }, b: { ...output, secret: false } }),
    );
    assert.deepEqual(values, { a: 1, b: UNKNOWN });
    assert.deepEqual(secrets, [["a"]]);
  });
});

describe("base/provider: diff", () => {
  it("names what changed and what of it replaces; null and absent are alike", () => {
    const olds = { name: "a", size: { gb: 1 }, gone: null };
    const news = { name: "b", size: { gb: 1 }, more: UNKNOWN };
    assert.deepEqual(compareInputs(olds, news, ["name"]), { changes: ["more", "name"], replaces: ["name"] });
  });
});
