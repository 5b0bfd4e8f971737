import assert from "node:assert/strict";
import { DecodeError, readerOf } from "../../../../bare-metal/ipmi/codec/reader";
import type { DecoderUnderTest } from "../../../fixtures/ipmi/decoder-tables";
import { fuzzDecoder } from "../../../fixtures/ipmi/fuzz";
import { mutant, seededDice } from "../../../fixtures/ipmi/mutate";

const samples = [Buffer.from("0405060708", "hex"), Buffer.from("0102", "hex")];
const options = { packets: 5_000, seed: "seed" };

const under = (decode: (bytes: Buffer) => unknown): DecoderUnderTest => ({ name: "one", decode, samples });

/** What the fuzzer says of a decoder. */
function complaint(decode: (bytes: Buffer) => unknown): string {
  try {
    fuzzDecoder(under(decode), options);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("the fuzzer found nothing");
}

describe("fuzzer", () => {
  it("counts what a decoder understands, and is content with values and DecodeErrors", () => {
    const { packets, understood } = fuzzDecoder(
      under((bytes) => {
        const reader = readerOf(bytes, "one");
        return reader.copy(reader.u8()).length;
      }),
      options,
    );
    assert.equal(packets, 5_000);
    assert.ok(understood > 500 && understood < 4_500, `${understood}`);
  });

  it("finds a read past the end, no value, a changed byte, another error; names packet and seed", () => {
    assert.match(
      complaint((bytes) => bytes.readUInt32LE(1)),
      /^one: RangeError.*packet \d+ of seed seed: [0-9a-f]*$/,
    );
    assert.match(
      complaint((bytes) => (bytes.length === 3 ? undefined : 1)),
      /no value/,
    );
    assert.match(
      complaint((bytes) => bytes.fill(0)),
      /changes the bytes/,
    );
    assert.match(
      complaint((bytes) => {
        if (bytes[0] === 0xff) throw new TypeError("oops");
        throw new DecodeError("one", "never right");
      }),
      /TypeError: oops.*: ff/,
    );
  });

  it("makes the same packets of the same seed, others of another, and leaves samples alone", () => {
    const packets = (seed: string) => {
      const dice = seededDice(seed);
      return Array.from({ length: 100 }, () => mutant(samples, dice).toString("hex"));
    };
    assert.deepEqual(packets("a"), packets("a"));
    assert.notDeepEqual(packets("a"), packets("b"));
    assert.deepEqual(
      samples.map((sample) => sample.toString("hex")),
      ["0405060708", "0102"],
    );
  });

  it("makes packets of all kinds: shorter, longer, of the same length, of two samples", () => {
    const dice = seededDice("kinds");
    const packets = Array.from({ length: 2_000 }, () => mutant(samples, dice));
    const lengths = new Set(packets.map(({ length }) => length));
    assert.ok(lengths.has(0) && lengths.has(5) && lengths.has(6) && lengths.has(37));
    assert.ok(packets.some((packet) => packet.toString("hex") === "040102"));
  });
});
