import assert from "node:assert/strict";
import fc from "fast-check";
import { type FoundDisk, judgeDisks } from "../../../../bare-metal/disks";

const NVME = "nvme-SAMSUNG_MZQL23T8_S64HNE0R500123";
const disk = (change: Partial<FoundDisk> = {}): FoundDisk => ({
  byId: NVME,
  size: 2 ** 40,
  serial: "S64HNE0R500123",
  wwn: "0x5002538e40b3b1c2",
  findings: [],
  inUse: false,
  ...change,
});
const used = [{ content: "ext4" as const, offset: 1080 }];
const problems = (...args: Parameters<typeof judgeDisks>): string =>
  judgeDisks(...args)
    .faults.map((f) => `${f.path}: ${f.problem}; ${f.fix}`)
    .join("\n");

describe("which disks may be written", () => {
  it("takes an empty one that is named, and no other", () => {
    const other = disk({ byId: "ata-OTHER_1" });
    assert.deepEqual(judgeDisks("disks", [{ byId: NVME }], [disk(), other], []), {
      write: [disk()],
      faults: [],
    });
    assert.deepEqual(judgeDisks("disks", [], [disk(), other], []), { write: [], faults: [] });
  });

  it("refuses one with anything on it, and says what, unless it may be erased", () => {
    const found = [disk({ findings: used })];
    assert.match(
      problems("disks", [{ byId: NVME }], found, []),
      /disks\[0\]\.erase: holds ext4 at 1080; .*erase: true/,
    );
    assert.deepEqual(judgeDisks("disks", [{ byId: NVME }], found, []).write, []);
    assert.deepEqual(judgeDisks("disks", [{ byId: NVME, erase: true }], found, []).write, found);
  });

  it("takes one that shows the site's own table and nothing else, without leave to erase it", () => {
    const table = [
      { content: "gpt" as const, offset: 512, detail: "primary" },
      { content: "mbr" as const, offset: 510, detail: "type 0xee" },
    ];
    const own = [{ byId: NVME, guid: "g-1" }];
    const write = (change: Partial<FoundDisk>) =>
      judgeDisks("disks", [{ byId: NVME }], [disk({ findings: table, ...change })], [], own).write.length;
    assert.equal(write({ tables: ["g-1"] }), 1);
    assert.equal(write({ tables: ["g-2"] }), 0, "somebody else's table");
    assert.equal(write({ tables: ["g-1", "g-2"] }), 0, "two tables");
    assert.equal(write({ tables: [] }), 0, "a table that cannot be read");
    assert.equal(write({ tables: ["g-1"], findings: [...table, ...used] }), 0, "made over it");
    assert.equal(
      write({ tables: ["g-1"], findings: [{ content: "mbr", offset: 510, detail: "type 0x83" }] }),
      0,
    );
  });

  it("refuses names that do not stay with a disk, and disks that are not there", () => {
    for (const byId of ["sda", "/dev/sda", "dm-name-vg-lv", "md-uuid-1", "../nvme-x", "nvme-a b"])
      assert.match(
        problems("disks", [{ byId, erase: true }], [disk({ byId })], []),
        /stays with a disk/,
        byId,
      );
    assert.match(problems("disks", [{ byId: "ata-X" }], [disk()], []), /no such disk.*nvme-SAMSUNG/);
  });

  it("refuses a name that moved to another disk, also where it may be erased", () => {
    for (const change of [{ serial: "Z" }, { wwn: "0x1" }, { size: 2 ** 39 }, { serial: undefined }]) {
      const { write, faults } = judgeDisks("disks", [{ byId: NVME, erase: true }], [disk(change)], [disk()]);
      assert.deepEqual(write, []);
      assert.match(faults[0]?.problem ?? "", /was another disk's: (serial|wwn|size)/);
    }
  });

  it("refuses one that is in use, too small or named twice, and tells all faults at once", () => {
    const found = [disk({ inUse: true, findings: used })];
    const wanted = { byId: NVME, atLeast: 2 ** 41 };
    const { write, faults } = judgeDisks("disks", [wanted, wanted], found, []);
    assert.deepEqual(write, []);
    assert.deepEqual(
      faults.map((f) => f.problem.split(":")[0]),
      [
        "too small",
        "in use",
        "holds ext4 at 1080",
        "too small",
        "in use",
        "holds ext4 at 1080",
        "named twice",
      ],
    );
  });

  it("never gives a disk to be written that is not named, or holds what may not be lost", () => {
    const names = ["nvme-a", "nvme-b", "ata-c", "sdd"];
    const someDisk = fc.record({
      byId: fc.constantFrom(...names),
      size: fc.integer({ min: 1, max: 4 }),
      serial: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
      findings: fc.constantFrom([], used),
      inUse: fc.boolean(),
    });
    const wanted = fc.record({
      byId: fc.constantFrom(...names),
      erase: fc.option(fc.boolean(), { nil: undefined }),
    });
    const disks = fc.uniqueArray(someDisk, { selector: (d) => d.byId });
    fc.assert(
      fc.property(fc.array(wanted, { maxLength: 4 }), disks, disks, (config, found, recorded) => {
        const { write } = judgeDisks("disks", config, found, recorded);
        for (const d of write) {
          const entry = config.find((c) => c.byId === d.byId);
          assert.ok(entry && (entry.erase === true || d.findings.length === 0));
          assert.ok(!d.inUse);
          const before = recorded.find((r) => r.byId === d.byId);
          assert.ok(
            before === undefined || (before.size === d.size && (before.serial ?? d.serial) === d.serial),
          );
        }
      }),
    );
  });
});
