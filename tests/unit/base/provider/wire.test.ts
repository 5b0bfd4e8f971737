import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isWithin, type Path } from "../../../../base/paths";
import { decode, encode, hasUnknown, type Properties, UNKNOWN } from "../../../../base/provider/wire";
import { compareInputs } from "../../../../base/provider";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const struct = (value: object) => Struct.fromJavaScript(value as Record<string, JavaScriptValue>);

const key = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,6}$/);
/** protobuf's own objects lose a member called __proto__. */
const json = fc
  .dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }))
  .filter((value) => !JSON.stringify(value).includes("__proto__")) as fc.Arbitrary<Properties>;
const tree = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.constant(UNKNOWN),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const properties = fc.dictionary(key, tree, {
  maxKeys: 5,
  noNullPrototype: true,
}) as fc.Arbitrary<Properties>;

/** Every place in the value. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([k, v]) =>
    places(v, [...path, Array.isArray(value) ? Number(k) : k]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}
/** Without those that lie in another. */
function outermost(paths: readonly Path[]): Path[] {
  return paths.filter((p) => !paths.some((other) => other.length < p.length && isWithin(p, other)));
}
const sorted = (paths: readonly Path[]) => [...new Set(paths.map((p) => JSON.stringify(p)))].sort();

describe("properties on the wire", () => {
  it("takes a secret out of its wrapping and tells where it stood", () => {
    const { values, secrets } = decode(
      struct({ name: "gpu-1", bmc: { user: "admin", password: secret("s3cret") } }),
    );
    assert.deepEqual(values, { name: "gpu-1", bmc: { user: "admin", password: "s3cret" } });
    assert.deepEqual(secrets, [["bmc", "password"]]);
  });

  it("wraps it again on the way out", () => {
    const sent = encode({ bmc: { user: "admin", password: "s3cret" } }, [["bmc", "password"]]);
    assert.deepEqual(sent.toJavaScript(), { bmc: { user: "admin", password: secret("s3cret") } });
  });

  it("takes a secret that is not known yet for both", () => {
    const { values, secrets } = decode(struct({ token: secret("04da6b54-80e4-46f7-96ec-b56ff0331ba9") }));
    assert.equal(values["token"], UNKNOWN);
    assert.deepEqual(secrets, [["token"]]);
  });

  it("knows every unknown that the engine sends, whatever its type", () => {
    const sentinels = [
      "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
      "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
      "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
      "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ];
    const { values } = decode(struct({ sentinels }));
    assert.deepEqual(values, { sentinels: sentinels.map(() => UNKNOWN) });
  });

  it("reads outputs: known, unknown, secret", () => {
    const output = (rest: object) => ({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...rest });
    const { values, secrets } = decode(
      struct({
        known: output({ value: 7 }),
        later: output({}),
        hidden: output({ value: "x", secret: true }),
      }),
    );
    assert.deepEqual(values, { known: 7, later: UNKNOWN, hidden: "x" });
    assert.deepEqual(secrets, [["hidden"]]);
  });

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
    assert.equal(compareInputs(values, values).length, 1);
    assert.deepEqual(encode(values).toJavaScript(), { a: [unknown] });
  });

  it("gives back what it was given, secrets and unknowns included", () => {
    fc.assert(
      fc.property(properties, fc.infiniteStream(fc.boolean()), (value, coin) => {
        const chosen = places(value).filter(() => coin.next().value);
        const received = decode(encode(value, chosen));
        assert.deepEqual(received.values, value);
        assert.deepEqual(sorted(received.secrets), sorted(outermost(chosen)));
      }),
    );
  });

  it("never sends a secret text outside of a secret's wrapping", () => {
    fc.assert(
      fc.property(properties, key, (others, name) => {
        const sent = encode({ ...others, [name]: { password: "correct horse" } }, [[name, "password"]]);
        const text = JSON.stringify(sent.toJavaScript());
        assert.equal(text.split("correct horse").length, 2);
        assert.ok(text.includes(JSON.stringify(secret("correct horse"))));
      }),
    );
  });

  it("passes over always-secret places that hold nothing", () => {
    assert.deepEqual(encode({ a: 1 }, [], [["b"], ["a", "c"]]).toJavaScript(), { a: 1 });
    assert.deepEqual(encode({ a: { c: 1 } }, [], [["a", "c"]]).toJavaScript(), { a: { c: secret(1) } });
  });

  it("refuses assets where a resource takes none, and leaves them as they are where it does", () => {
    const file = { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", path: "./a" };
    assert.throws(() => decode(struct({ file })), /file: an asset/);
    const { values } = decode(struct({ file }), { assets: true });
    assert.deepEqual(encode(values).toJavaScript(), { file });
  });

  it("finds unknowns at any depth", () => {
    assert.equal(hasUnknown({ a: [{ b: UNKNOWN }] }), true);
    assert.equal(hasUnknown({ a: [{ b: null }], c: "unknown" }), false);
  });
});
