import assert from "node:assert/strict";
import fc from "fast-check";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isWithin, type Path } from "../../../../bare-metal/provider/paths";
import {
  hasUnknown,
  type Properties,
  receive,
  send,
  UNKNOWN,
  type Value,
} from "../../../../bare-metal/provider/wire";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const struct = (value: object) => Struct.fromJavaScript(value as Record<string, JavaScriptValue>);

const key = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,6}$/);
const tree = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.constant<Value>(UNKNOWN),
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
    const { value, secrets } = receive(
      struct({ name: "gpu-1", bmc: { user: "admin", password: secret("s3cret") } }),
    );
    assert.deepEqual(value, { name: "gpu-1", bmc: { user: "admin", password: "s3cret" } });
    assert.deepEqual(secrets, [["bmc", "password"]]);
  });

  it("wraps it again on the way out", () => {
    const sent = send({ bmc: { user: "admin", password: "s3cret" } }, [["bmc", "password"]]);
    assert.deepEqual(sent.toJavaScript(), { bmc: { user: "admin", password: secret("s3cret") } });
  });

  it("takes a secret that is not known yet for both", () => {
    const { value, secrets } = receive(struct({ token: secret("04da6b54-80e4-46f7-96ec-b56ff0331ba9") }));
    assert.equal(value["token"], UNKNOWN);
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
    const { value } = receive(struct({ sentinels }));
    assert.deepEqual(value, { sentinels: sentinels.map(() => UNKNOWN) });
  });

  it("reads outputs: known, unknown, secret", () => {
    const output = (rest: object) => ({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...rest });
    const { value, secrets } = receive(
      struct({
        known: output({ value: 7 }),
        later: output({}),
        hidden: output({ value: "x", secret: true }),
      }),
    );
    assert.deepEqual(value, { known: 7, later: UNKNOWN, hidden: "x" });
    assert.deepEqual(secrets, [["hidden"]]);
  });

  it("gives back what it was given, secrets and unknowns included", () => {
    fc.assert(
      fc.property(properties, fc.infiniteStream(fc.boolean()), (value, coin) => {
        const chosen = places(value).filter(() => coin.next().value);
        const received = receive(send(value, chosen));
        assert.deepEqual(received.value, value);
        assert.deepEqual(sorted(received.secrets), sorted(outermost(chosen)));
      }),
    );
  });

  it("never sends a secret text outside of a secret's wrapping", () => {
    fc.assert(
      fc.property(properties, key, (others, name) => {
        const sent = send({ ...others, [name]: { password: "correct horse" } }, [[name, "password"]]);
        const text = JSON.stringify(sent.toJavaScript());
        assert.equal(text.split("correct horse").length, 2);
        assert.ok(text.includes(JSON.stringify(secret("correct horse"))));
      }),
    );
  });

  it("passes over secret places that hold nothing", () => {
    assert.deepEqual(send({ a: 1 }, [["b"], ["a", "c"]]).toJavaScript(), { a: 1 });
  });

  it("refuses assets, which no resource takes", () => {
    assert.throws(
      () => receive(struct({ file: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17" } })),
      /file: an asset/,
    );
  });

  it("finds unknowns at any depth", () => {
    assert.equal(hasUnknown({ a: [{ b: UNKNOWN }] }), true);
    assert.equal(hasUnknown({ a: [{ b: null }], c: "unknown" }), false);
  });
});
