import assert from "node:assert/strict";
import { join } from "node:path";
import { allDecoders } from "../../../fixtures/ipmi/decoder-tables";
import { type FuzzCount, fuzzAll } from "../../../fixtures/ipmi/fuzz";

const PACKETS = 100_000;

describe("IPMI decoders under mutated messages", function () {
  this.timeout(120_000);
  const names = allDecoders().map(({ name }) => name);
  const counts = fuzzAll(names, { packets: PACKETS, seed: "npm test" });
  after(() => counts.return());

  for (const name of names) {
    it(`${name}: ${PACKETS.toLocaleString("en")} packets yield values and DecodeErrors only`, async () => {
      const { value } = await counts.next();
      const { decoder, packets, understood } = value as FuzzCount;
      assert.deepEqual([decoder, packets], [name, PACKETS]);
      assert.ok(understood > PACKETS / 1000, `only ${understood} packets came near to a valid message`);
    });
  }
});

describe("the watch over decoders", () => {
  const tables = join(__dirname, "../../../fixtures/ipmi/bad-decoders");
  const watched = async (name: string) => {
    for await (const count of fuzzAll([name], { packets: 1_000, seed: "watch" }, { tables, patience: 1_000 }))
      assert.fail(`${count.decoder} passed`);
  };

  it("finds one that hangs, and shows the packet", async () => {
    await assert.rejects(
      watched("hangs"),
      /^Error: hangs: nothing after 1000 ms; packet \d+ of seed watch: ff/,
    );
  });

  it("finds one that grows without end", async () => {
    await assert.rejects(
      watched("grows"),
      /^Error: grows: out of memory; packet \d+ of seed watch: [0-9a-f]+$/,
    );
  });

  it("finds one that throws what it should not", async () => {
    await assert.rejects(watched("throws"), /^Error: throws: RangeError/);
  });
});
