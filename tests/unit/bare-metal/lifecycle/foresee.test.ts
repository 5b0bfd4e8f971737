import assert from "node:assert/strict";
import { type BootRecord, foresee, type Goal } from "../../../../bare-metal/lifecycle";

const X = "nvme-X_1";
const goal: Goal = {
  become: "ready",
  timeout: 900_000,
  grace: 90_000,
  disk: X,
  image: { root: "c".repeat(64) },
};
const off: BootRecord = { state: "off", history: [] };
const found = (holds: string) => ({ ...off, inspected: [{ byId: X, size: 1, holds, inUse: false }] });

describe("what a preview says about a disk", () => {
  it("names the disk, what is on it, and how long it may take", () => {
    const says = (record: BootRecord, erase?: boolean) => foresee(goal, record, false, [{ byId: X, erase }]);
    assert.equal(
      says(off),
      `boot the image cccccccccccc, installed to ${X}, which nobody has looked at (at most 15 min)`,
    );
    assert.match(says(found("")), /installed to nvme-X_1, which is empty \(at most 15 min\)/);
    assert.match(says(found("ext4 at 1080"), true), /installed to nvme-X_1, which is WIPED of ext4 at 1080/);
    assert.match(says(found("ext4 at 1080")), /it will be refused: nvme-X_1 holds ext4 at 1080/);
    const own = { ...found("gpt at 512"), own: [{ byId: X, guid: "g" }] };
    assert.match(says(own), /installed to nvme-X_1 beside the image there/);
  });

  it("says that a machine in memory is booted anew to be installed, and nothing where it runs from its disk", () => {
    const at = "2026-01-01T00:00:00.000Z";
    const up: BootRecord = { ...off, state: "ready", readyAt: at, expectedAt: at, root: "c".repeat(64) };
    assert.match(foresee(goal, up, true, [{ byId: X }]), /its pods leave.*installed to nvme-X_1/);
    const there = { ...up, installed: { at, byId: X, slot: "a" as const, root: "c".repeat(64) } };
    assert.equal(foresee(goal, there, true, [{ byId: X }]), "nothing is done to it");
  });
});
