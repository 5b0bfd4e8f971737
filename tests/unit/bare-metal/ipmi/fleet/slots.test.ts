import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { Slots } from "../../../../../bare-metal/ipmi/fleet/slots";

describe("Slots", () => {
  it("lets no more in than there are, in order, whatever is given back twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 }),
        async (free, givenBack) => {
          const slots = new Slots(free);
          const entered: number[] = [];
          let inside = 0;
          await Promise.all(
            givenBack.map(async (times, n) => {
              const release = await slots.take();
              entered.push(n);
              inside += 1;
              assert.ok(inside <= free);
              await turn();
              inside -= 1;
              for (let i = 0; i < times; i += 1) release();
            }),
          );
          assert.deepEqual(entered, [...givenBack.keys()]);
        },
      ),
      { numRuns: 50 },
    );
  });
});
