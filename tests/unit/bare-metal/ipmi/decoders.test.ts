import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError } from "../../../../bare-metal/ipmi/codec/reader";
import { allDecoders } from "../../../fixtures/ipmi/decoder-tables";

describe("decoders", () => {
  const all = allDecoders();

  it("have a name each", () => {
    const names = all.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  for (const { name, decode, samples } of all) {
    it(`${name}: understands its samples`, () => {
      assert.ok(samples.length > 0);
      for (const sample of samples) assert.notEqual(decode(Buffer.from(sample)), undefined);
    });

    it(`${name}: any bytes yield a value or a DecodeError, and stay as they are`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
          const bytes = Buffer.from(array);
          try {
            assert.notEqual(decode(bytes), undefined);
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
          assert.deepEqual(bytes, Buffer.from(array));
        }),
        { numRuns: 300 },
      );
    });
  }
});
