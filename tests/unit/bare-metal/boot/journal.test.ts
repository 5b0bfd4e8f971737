import assert from "node:assert/strict";
import fc from "fast-check";
import { journaled, KEPT } from "../../../../bare-metal/boot/journal";
import type { JournalEntry } from "../../../../bare-metal/boot/record";
import type { StoredMachine } from "../../../../bare-metal/boot/store";

const NOW = new Date("2026-03-01T10:00:00.000Z");
const AT = NOW.toISOString();
const machine: StoredMachine = {
  mac: "52:54:00:71:00:11",
  name: "gpu-1",
  role: "gpu",
  address: "127.80.2.11",
  state: "booting",
  token: "one-time",
  history: [{ at: "2026-03-01T09:00:00.000Z", state: "booting" }],
};
const failure = { during: "booting", problem: "no power", fix: "look at it" } as const;

describe("the journal of a machine", () => {
  it("keeps each power order with its time, and the token of the boot", () => {
    const after = journaled(journaled(machine, { power: "off" }, NOW), { power: "on" }, NOW);
    assert.deepEqual(after.orders, [
      { at: AT, power: "off" },
      { at: AT, power: "on" },
    ]);
    assert.equal(after.token, "one-time");
    assert.equal(after.history.length, 1, "a power order is no change of state");
  });

  it("keeps a failure until the machine leaves it, or a person resets it", () => {
    const failed = journaled(machine, { state: "failed", failure: { ...failure, latched: true } }, NOW);
    assert.deepEqual(failed.failure, { at: AT, ...failure, latched: true });
    assert.equal(journaled(failed, { power: "off" }, NOW).failure?.problem, "no power");
    assert.equal(journaled(failed, { state: "draining" }, NOW).failure, undefined);
    const ordered = journaled(failed, { power: "on", rejected: { root: "a".repeat(64), problem: "x" } }, NOW);
    const reset = journaled(ordered, { state: "unknown", reset: true }, NOW);
    assert.deepEqual([reset.failure, reset.orders, reset.rejected], [undefined, undefined, undefined]);
    assert.equal(reset.state, "unknown");
  });

  it("never grows without end, and never loses the last order", () => {
    const entry: fc.Arbitrary<JournalEntry> = fc.record(
      {
        state: fc.constantFrom("booting", "draining", "failed", "off"),
        power: fc.constantFrom("on", "off", "soft"),
        failure: fc.constant(failure),
        reset: fc.constant(true),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 120 }), (entries) => {
        let now = machine;
        for (const each of entries) {
          now = journaled(now, each, NOW);
          assert.ok(now.history.length <= KEPT && (now.orders?.length ?? 0) <= KEPT);
          if (each.power) assert.equal(now.orders?.at(-1)?.power, each.power);
          assert.equal(now.failure !== undefined && now.state !== "failed", false);
        }
      }),
      { numRuns: 100 },
    );
  });
});
