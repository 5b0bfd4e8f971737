import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finding, type FoundDisk, judgeDisks, openDisk, recognise } from "../../../../bare-metal/disks";
import { run, runToEnd } from "../../../../base/run";
import { preparedImages, sparse, writeAt } from "../../../fixtures/disks/images";

const BY_ID = "nvme-DISK_1";

function look(file: string): { findings: Finding[]; size: number } {
  const disk = openDisk(file);
  try {
    return { findings: recognise(disk), size: disk.size };
  } finally {
    disk.close();
  }
}

const verdict = (findings: Finding[], size: number, erase?: boolean) => {
  const found: FoundDisk = { byId: BY_ID, size, findings, inUse: false };
  return judgeDisks("disks", [{ byId: BY_ID, erase }], [found], []);
};

describe("what is on a disk", function () {
  this.timeout(300_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-disks-"));
  const file = join(dir, "disk.img");
  const images = preparedImages();
  let refused = 0;
  after(() => rmSync(dir, { recursive: true }));

  it("is prepared in a hundred ways", () => {
    assert.ok(images.length >= 100, `${images.length} images`);
    assert.equal(new Set(images.map((i) => i.name)).size, images.length, "no two are alike");
  });

  for (const image of images) {
    it(`is seen and refused: ${image.name}`, async () => {
      sparse(file, image.size);
      await image.make(file);
      const { findings, size } = look(file);
      assert.ok(
        findings.some((f) => f.content === image.content),
        `${image.content} among ${JSON.stringify(findings)}`,
      );
      const { write, faults } = verdict(findings, size);
      assert.deepEqual(write, []);
      assert.match(faults[0]?.problem ?? "", new RegExp(`^holds .*\\b${image.content}\\b`));
      assert.equal(
        verdict(findings, size, true).write.length,
        1,
        "it may be written where its config says so",
      );
      if (image.blkid !== undefined) {
        const told = await runToEnd(["blkid", "--probe", "--output", "export", file]);
        const { stdout } = told.status === 0 ? told : await run(["wipefs", "--no-act", "--parsable", file]);
        assert.ok(stdout.includes(image.blkid), `a second opinion (${image.blkid}): ${stdout}`);
      }
      refused += 1;
    });
  }

  it("was refused every time", () => assert.equal(refused, images.length));

  it("is nothing on an empty disk of any size, and that is accepted", async () => {
    for (const size of [512, 1_000_000, 64 * 2 ** 20 + 512, 8 * 2 ** 30, 2 ** 40]) {
      sparse(file, size);
      const { findings } = look(file);
      assert.deepEqual(findings, [], String(size));
      assert.equal(verdict(findings, size).write.length, 1);
    }
  });

  it("is nothing any more after wipefs and zeros, as far as it was looked at", async () => {
    sparse(file, 64 * 2 ** 20);
    await run(["mkfs.ext4", "-q", "-F", file]);
    await run(["wipefs", "--all", "--quiet", file]);
    assert.equal(look(file).findings[0]?.content, "data", "wipefs takes the signature only");
    for (let at = 0; at < 64; at++) writeAt(file, [at * 2 ** 20, Buffer.alloc(2 ** 20)]);
    assert.deepEqual(look(file).findings, []);
  });

  it("is seen wherever wipefs sees something, and the other way round where it knows the form", async () => {
    for (const { make, size, name } of images.filter((_, i) => i % 6 === 0)) {
      sparse(file, size);
      await make(file);
      const { stdout } = await run(["wipefs", "--no-act", "--parsable", "--noheadings", file]);
      if (stdout.trim() !== "") assert.ok(look(file).findings.length > 0, name);
    }
  });
});
