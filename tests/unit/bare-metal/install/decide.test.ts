import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DiskState,
  foreignDisk,
  nextSlot,
  planInstall,
  type Step,
} from "../../../../bare-metal/install";

const ROOTS = ["r1", "r2", "r3"] as const;
const slot = fc.constantFrom("a" as const, "b" as const);
const root = fc.constantFrom(...ROOTS);
const state: fc.Arbitrary<DiskState> = fc.record({
  own: fc.constant(true),
  holds: fc.constant(true),
  data: fc.boolean(),
  loader: fc.boolean(),
  choice: fc.record({ good: fc.option(slot, { nil: undefined }), try: fc.option(slot, { nil: undefined }) }),
  slots: fc.dictionary(slot, root, { noNullPrototype: true }),
});

/** What is on the disk after the first steps, the last of them half done. */
function after(before: DiskState, steps: readonly Step[], wanted: string, half: boolean): DiskState {
  return steps.reduce<DiskState>((now, step, i) => {
    const cut = half && i === steps.length - 1;
    if (step.do === "write") {
      const slots = Object.fromEntries(Object.entries(now.slots).filter(([name]) => name !== step.slot));
      return { ...now, slots: cut ? slots : { ...slots, [step.slot]: wanted } };
    }
    if (cut) return now;
    if (step.do === "choose") return { ...now, choice: step.choice };
    if (step.do === "data") return { ...now, data: true };
    if (step.do === "loader") return { ...now, loader: true, choice: {}, slots: {} };
    return step.do === "partition" ? { ...now, own: true } : now;
  }, before);
}

describe("what is to be done to a disk", () => {
  it("is to make everything on a foreign one, and to wipe it first if it holds something", () => {
    const all = ["partition", "data", "loader", "write", "choose"];
    const steps = (holds: boolean) => planInstall("r1", foreignDisk(holds)).map((s) => s.do);
    assert.deepEqual(steps(false), all);
    assert.deepEqual(steps(true), ["wipe", ...all]);
  });

  it("ends with the wanted image whole in the slot that starts next", () => {
    fc.assert(
      fc.property(root, state, (wanted, before) => {
        const done = after(before, planInstall(wanted, before), wanted, false);
        const next = nextSlot(done.choice);
        assert.ok(next);
        assert.equal(done.slots[next], wanted);
        assert.ok(done.data && done.loader);
        const again = planInstall(wanted, done).filter((s) => s.do !== "choose");
        assert.deepEqual(again, [], "and is done then");
      }),
    );
  });

  it("never wipes or partitions its own disk, makes data anew, or writes the slot that came up last", () => {
    fc.assert(
      fc.property(root, state, (wanted, before) => {
        const steps = planInstall(wanted, before);
        assert.ok(!steps.some((s) => s.do === "wipe" || s.do === "partition"));
        assert.equal(
          steps.some((s) => s.do === "data"),
          !before.data,
        );
        const { good } = before.choice;
        if (before.loader && good) assert.ok(!steps.some((s) => s.do === "write" && s.slot === good));
      }),
    );
  });

  it("may be cut off anywhere: what then starts is whole, and the next attempt ends well", () => {
    // As a disk is between two installations: what GRUB may start is there.
    const whole = state.map((s): DiskState => {
      const { good, try: once } = s.choice;
      const slots = {
        ...s.slots,
        ...(good && { [good]: s.slots[good] ?? "r1" }),
        ...(once && { [once]: s.slots[once] ?? "r2" }),
      };
      return { ...s, slots };
    });
    fc.assert(
      fc.property(root, whole, fc.nat(6), (wanted, before, steps) => {
        const cut = after(before, planInstall(wanted, before).slice(0, steps), wanted, true);
        const next = nextSlot(cut.choice);
        if (cut.loader && next) assert.ok(cut.slots[next], `slot ${next} starts and is not whole`);
        const { good } = cut.choice;
        if (cut.loader && good) assert.ok(cut.slots[good]);
        const done = after(cut, planInstall(wanted, cut), wanted, false);
        assert.equal(done.slots[nextSlot(done.choice) ?? "a"], wanted);
      }),
    );
  });
});
