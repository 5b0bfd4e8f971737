import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { arrivals } from "../../../../../bare-metal/ipmi/fleet/arrivals";

describe("arrivals", () => {
  it("yields every value once, in order, before and after the loop waits for it", async () => {
    const seen: number[] = [];
    const values = arrivals<number>(async (emit) => {
      emit(1);
      emit(2);
      await turn();
      emit(3);
      await turn();
      emit(4);
    });
    for await (const value of values) {
      seen.push(value);
      if (value === 2) await turn();
    }
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it("yields what came before it throws what ended it", async () => {
    const seen: number[] = [];
    const failure = new Error("broken");
    const loop = async () => {
      for await (const value of arrivals<number>((emit) => (emit(1), Promise.reject(failure))))
        seen.push(value);
    };
    await assert.rejects(loop(), failure);
    assert.deepEqual(seen, [1]);
  });
});
