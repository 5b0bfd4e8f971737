import assert from "node:assert/strict";
import fc from "fast-check";
import { planLayout } from "../../../../bare-metal/install";
import { biosBootCode, renderSlotConfig, slotArguments } from "../../../../bare-metal/install/boot-loader";
import { readEnvironment, renderEnvironment } from "../../../../bare-metal/install/environment";
import { imageFaults, LEAST_DISK, PARTITION_NAMES } from "../../../../bare-metal/install/layout";

const GUID = "11111111-2222-3333-4444-5555555555fe";

describe("the boot loader of a node's disk", () => {
  it("keeps its choice in a block of 1,024 bytes that reads back, and takes a damaged one for none", () => {
    for (const good of ["a", "b", undefined] as const)
      for (const once of ["a", "b", undefined] as const) {
        const block = renderEnvironment({ good, try: once });
        assert.equal(block.length, 1024);
        assert.deepEqual(readEnvironment(block), { good, try: once });
      }
    assert.deepEqual(readEnvironment(Buffer.alloc(1024)), {});
    assert.deepEqual(readEnvironment(Buffer.alloc(0)), {});
    const other = Buffer.from("# GRUB Environment Block\ngood=c\ntry=ab\n".padEnd(1024, "#"));
    assert.deepEqual(readEnvironment(other), { good: undefined, try: undefined });
  });

  it("passes plain words to the kernel, and refuses what GRUB would read otherwise", () => {
    const layout = planLayout(2 ** 40, GUID);
    const words = slotArguments("b", layout, { sha256: "c".repeat(64), bytes: 4096 });
    assert.match(
      renderSlotConfig("b", words),
      /^linux \$prefix\/kernel-b lectern\.slot=b .* \$trial\ninitrd \$prefix\/initrd-b\n$/,
    );
    for (const word of ["a b", "a;b#", "$prefix", "`x`", "a\nb", '"', "{x}", ""])
      assert.throws(() => renderSlotConfig("a", [word]), /not one plain word/, JSON.stringify(word));
  });

  it("tells sector 0 where the core lies, and the core where its rest lies", () => {
    const core = Buffer.alloc(3 * 512 + 1, 1);
    const place = { start: 2 ** 20, size: 2 ** 20 };
    const { code, core: placed } = biosBootCode(Buffer.alloc(512, 2), core, place);
    assert.equal(code.length, 440, "the partition table's part of the sector stays");
    assert.equal(code.readBigUInt64LE(0x5c), 2048n);
    const list = [placed.readBigUInt64LE(500), placed.readUInt16LE(508), placed.readUInt16LE(510)];
    assert.deepEqual(list, [2049n, 3, 0x820]);
    assert.throws(() => biosBootCode(Buffer.alloc(512), Buffer.alloc(2 ** 20 + 1), place), /larger than/);
  });
});

describe("the partitions of a node's disk", () => {
  it("follow one another within the disk, aligned, with GUIDs of their own", () => {
    fc.assert(
      fc.property(fc.integer({ min: LEAST_DISK, max: 2 ** 48 }), (size) => {
        const all = Object.values(planLayout(size, GUID));
        assert.deepEqual(
          all.map((p) => p.name),
          PARTITION_NAMES,
        );
        all.forEach(({ start, size }, i) => {
          assert.equal(start % 2 ** 20, 0);
          assert.ok(size > 0 && size % 2 ** 20 === 0);
          const next = all[i + 1];
          assert.ok(next === undefined || start + size === next.start);
        });
        const last = all[all.length - 1];
        assert.ok(last && last.start + last.size <= size - 34 * 512, "the backup table has its place");
        assert.equal(new Set([GUID, ...all.map((p) => p.uuid)]).size, all.length + 1);
      }),
    );
    assert.throws(() => planLayout(LEAST_DISK - 1, GUID), /too small/);
  });

  it("say which image does not fit", () => {
    const part = (bytes: number) => ({ bytes });
    assert.deepEqual(imageFaults({ kernel: part(1), initrd: part(1), root: part(2 ** 32) }), []);
    const faults = imageFaults({ kernel: part(1), initrd: part(2 ** 28), root: part(2 ** 32 + 1) });
    assert.deepEqual(
      faults.map((f) => f.path),
      ["images.root.bytes", "images.initrd.bytes"],
    );
    assert.match(faults[0]?.problem ?? "", /no space: a slot holds 4Gi/);
  });
});
