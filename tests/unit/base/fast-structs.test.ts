import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import * as jspb from "google-protobuf";
import * as messages from "google-protobuf/google/protobuf/struct_pb";
import { fastStructs } from "../../../base/fast-structs";

type Plain = Record<string, messages.JavaScriptValue>;

interface Structs {
  readonly Struct: {
    fromJavaScript(object: object): { serializeBinary(): Uint8Array };
    deserializeBinary(bytes: Uint8Array): { toJavaScript(): object };
  };
}

/** google-protobuf as it comes, in a world of its own. */
function untouched(): Structs {
  const context = createContext({ Uint8Array });
  const load = (file: string, need: (name: string) => object): object => {
    const module = { exports: {} };
    const source = readFileSync(require.resolve(file), "utf8");
    const wrapped = runInContext(`(function (module, exports, require) {${source}\n})`, context) as (
      ...words: unknown[]
    ) => void;
    wrapped(module, module.exports, need);
    return module.exports;
  };
  const library = load("google-protobuf", () => ({}));
  return load("google-protobuf/google/protobuf/struct_pb.js", () => library) as Structs;
}

const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", "kind", "ä€𝄞", "constructor"));
const object = fc.letrec<{ value: unknown; object: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(
    key.filter((k) => k !== "__proto__"),
    tie("value"),
    { maxKeys: 5, noNullPrototype: true },
  ) as fc.Arbitrary<Plain>,
})).object;

describe("google-protobuf's Structs, made fast", () => {
  const { Struct } = messages;
  let original: Structs;
  before(() => {
    original = untouched();
    fastStructs(messages, jspb);
  });

  it("hold what the untouched ones hold, both ways over the wire", () => {
    fc.assert(
      fc.property(object, (plain) => {
        const sent = Struct.fromJavaScript(plain).serializeBinary();
        const received = original.Struct.deserializeBinary(sent).toJavaScript();
        assert.deepEqual(JSON.parse(JSON.stringify(received)), JSON.parse(JSON.stringify(plain)));
        const back = Struct.deserializeBinary(original.Struct.fromJavaScript(plain).serializeBinary());
        assert.deepEqual(back.toJavaScript(), plain);
        const own = Struct.fromJavaScript(plain).toJavaScript();
        for (const read of [own, back.toJavaScript()])
          assert.equal(JSON.stringify(read), JSON.stringify(received), "in the same order");
      }),
      { numRuns: 500 },
    );
  });

  it("hold the same before and after somebody asked for their messages", () => {
    fc.assert(
      fc.property(object, (plain) => {
        const struct = Struct.fromJavaScript(plain);
        assert.equal(struct.getFieldsMap().getLength(), Object.keys(plain).length);
        assert.deepEqual(struct.toJavaScript(), plain);
        assert.deepEqual(Struct.deserializeBinary(struct.serializeBinary()).toJavaScript(), plain);
      }),
    );
  });

  it("take what is put into their messages, and lose what is taken out", () => {
    const struct = Struct.deserializeBinary(Struct.fromJavaScript({ a: 1, b: { c: "d" } }).serializeBinary());
    struct.getFieldsMap().set("e", messages.Value.fromJavaScript({ f: [true] }));
    assert.deepEqual(struct.toJavaScript(), { a: 1, b: { c: "d" }, e: { f: [true] } });
    assert.deepEqual(
      Struct.deserializeBinary(struct.serializeBinary()).toJavaScript(),
      struct.toJavaScript(),
    );
    struct.clearFieldsMap();
    assert.deepEqual(struct.toJavaScript(), {});
    const cleared = Struct.fromJavaScript({ a: 1 });
    cleared.clearFieldsMap();
    assert.deepEqual(Struct.deserializeBinary(cleared.serializeBinary()).toJavaScript(), {});
  });

  it("are kept in copies of what holds them", () => {
    const value = messages.Value.fromJavaScript({ a: { b: [1, "c"] } });
    assert.deepEqual(value.cloneMessage().toJavaScript(), { a: { b: [1, "c"] } });
    const struct = Struct.fromJavaScript({ a: null });
    assert.deepEqual(struct.cloneMessage().toJavaScript(), { a: null });
    assert.deepEqual(
      struct.toObject().fieldsMap.map(([name]) => name),
      ["a"],
    );
    assert.deepEqual(struct.toJavaScript(), { a: null });
  });

  it("take no key for the prototype", () => {
    const plain = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as Plain;
    const back = Struct.deserializeBinary(Struct.fromJavaScript(plain).serializeBinary()).toJavaScript();
    assert.deepEqual(Object.keys(back).sort(), ["__proto__", "a"]);
    assert.equal((back as { admin?: boolean }).admin, undefined);
  });

  it("refuse what has no place in a Struct", () => {
    for (const value of [undefined, () => 0, 1n, Symbol("x")])
      assert.throws(() => Struct.fromJavaScript({ value } as unknown as Plain), /Unexpected struct type/);
  });
});
