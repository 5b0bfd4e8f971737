import assert from "node:assert/strict";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  inspectDisk,
  install,
  type InstallOrder,
  type InstallReport,
  planLayout,
} from "../../../../bare-metal/install";
import { BOOT_DIR } from "../../../../bare-metal/install/boot-loader";
import { readEnvironment, renderEnvironment } from "../../../../bare-metal/install/environment";
import { Esp } from "../../../../bare-metal/install/esp";
import { LEAST_DISK } from "../../../../bare-metal/install/layout";
import type { Fetch } from "../../../../bare-metal/install/target";
import { run } from "../../../../base/run";
import { buildBootLoader } from "../../../../images/node/boot-loader";
import { sparse, writeAt } from "../../../fixtures/disks/images";
import { DISK, madeUpImage } from "../../../fixtures/install/orders";

const SIZE = 16 * 2 ** 30;
const GUID = "11111111-2222-3333-4444-555555555500";
const OTHER = "virtio-DATA";

describe("installing a node's image to a disk", function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), "lectern-install-"));
  const loader = join(dir, "loader");
  const file = join(dir, "disk.img");
  const other = join(dir, "other.img");
  let reports: InstallReport[] = [];

  before(async () => {
    await buildBootLoader(loader);
    sparse(other, 64 * 2 ** 20);
    await run(["mkfs.ext4", "-q", "-F", other]);
  });
  beforeEach(() => {
    sparse(file, SIZE);
    reports = [];
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const look = (path: string, byId: string) =>
    inspectDisk({ path, size: statSync(path).size, serial: byId.slice(7), wwn: null }, [byId]);
  const disks = () => [...look(file, DISK), ...look(other, OTHER)];
  const go = (order: InstallOrder, fetch: Fetch, tell: (r: InstallReport) => void = () => undefined) =>
    install({
      order,
      disks: disks(),
      fetch,
      loader,
      note: () => undefined,
      tell: async (report) => {
        reports.push(report);
        tell(report);
      },
    });
  const layout = planLayout(SIZE, GUID);
  const esp = new Esp(file, layout.esp);
  const choice = async () => readEnvironment((await esp.read(`${BOOT_DIR}/grubenv`)) as Buffer);
  const markGood = (slot: "a" | "b") => esp.write(`${BOOT_DIR}/grubenv`, renderEnvironment({ good: slot }));
  const own = { own: [{ byId: DISK, guid: GUID }] };
  const states = () => reports.map((r) => ("installed" in r ? `start ${r.installed.slot}` : r.state));

  it("partitions an empty disk, writes slot a and starts it once; other programs read what stands there", async () => {
    const { order, fetch, parts } = madeUpImage();
    const { slot } = await go(order(), fetch);
    assert.equal(slot, "a");
    assert.deepEqual(states(), ["booting", "installing", "start a"]);
    assert.deepEqual(await choice(), { good: undefined, try: "a" });
    const { partitiontable } = JSON.parse((await run(["sfdisk", "--json", file])).stdout) as {
      partitiontable: {
        id: string;
        partitions: { start: number; size: number; uuid: string; name: string }[];
      };
    };
    assert.equal(partitiontable.id.toLowerCase(), GUID);
    assert.deepEqual(
      partitiontable.partitions.map(({ start, size, uuid, name }) => [
        name,
        start * 512,
        size * 512,
        uuid.toLowerCase(),
      ]),
      Object.values(layout).map(({ name, start, size, uuid }) => [`lectern-${name}`, start, size, uuid]),
    );
    await run(["sgdisk", "--verify", file]);
    assert.deepEqual(at(layout["root-a"].start, parts.root.length), parts.root);
    for (const name of ["kernel", "initrd"] as const)
      assert.deepEqual(await esp.read(`${BOOT_DIR}/${name}-a`), parts[name]);
    await run(["grub-script-check", await copyOut("grub.cfg")]);
    assert.match(
      readFileSync(await copyOut("slot-a.cfg"), "utf8"),
      /^linux \$prefix\/kernel-a boot=lectern console=ttyS0,115200 lectern\.slot=a .* \$trial\ninitrd \$prefix\/initrd-a\n$/,
    );
    const data = ["--offset", String(layout.data.start), "--size", String(layout.data.size)];
    assert.match(
      (await run(["blkid", "--probe", ...data, file])).stdout,
      /LABEL="lectern-data".*TYPE="ext4"/,
    );
    const vfat = ["--offset", String(layout.esp.start), "--size", String(layout.esp.size)];
    assert.match((await run(["blkid", "--probe", ...vfat, file])).stdout, /TYPE="vfat"/);
    const check = join(dir, "esp.img");
    await run([
      "dd",
      "if=" + file,
      "of=" + check,
      "bs=1M",
      "skip=2",
      "count=512",
      "conv=sparse",
      "status=none",
    ]);
    await run(["fsck.fat", "-n", check]);
  });

  it("never makes the data partition anew on a disk that was installed", async () => {
    const [first, second] = [madeUpImage(), madeUpImage()];
    await go(first.order(), first.fetch);
    await markGood("a");
    // A superblock that was lost: the rest of the file system may be there.
    writeAt(file, [layout.data.start, Buffer.alloc(4096)]);
    const before = at(layout.data.start, 2 ** 20);
    await assert.rejects(
      go(second.order(own), second.fetch),
      /data partition does not hold the file system that was made there[^]*e2fsck/,
    );
    assert.deepEqual(at(layout.data.start, 2 ** 20), before);
    assert.deepEqual(await choice(), { good: "a", try: undefined });
  });

  it("writes the next image beside the one that came up, keeps the data, and goes back without writing", async () => {
    const [first, second] = [madeUpImage(), madeUpImage()];
    await go(first.order(), first.fetch);
    await markGood("a");
    // Something that a node kept there.
    const kept = Buffer.from("a container image");
    writeAt(file, [layout.data.start + 2 ** 30, kept]);
    reports = [];
    assert.equal((await go(second.order(own), second.fetch)).slot, "b");
    assert.deepEqual(states(), ["booting", "installing", "start b"]);
    assert.deepEqual(await choice(), { good: "a", try: "b" });
    assert.deepEqual(at(layout["root-a"].start, first.parts.root.length), first.parts.root);
    assert.deepEqual(at(layout["root-b"].start, second.parts.root.length), second.parts.root);
    assert.deepEqual(at(layout.data.start + 2 ** 30, kept.length), kept);

    // It did not come up: GRUB has cleared `try`, and the image before is wanted again.
    await markGood("a");
    reports = [];
    const never: Fetch = () => Promise.reject(new Error("nothing is to be fetched"));
    const back = await go(first.order(own), never);
    assert.deepEqual([back.slot, back.steps], ["a", []]);
    assert.deepEqual(states(), ["booting", "start a"]);
    assert.deepEqual(at(layout["root-b"].start, second.parts.root.length), second.parts.root);
    // And once more the new one, which is there whole.
    assert.equal((await go(second.order(own), never)).slot, "b");
  });

  it("writes a slot anew that does not read as it was written", async () => {
    const image = madeUpImage();
    await go(image.order(), image.fetch);
    await markGood("a");
    writeAt(file, [layout["root-a"].start + 5000, "decayed"]);
    const { slot } = await go(image.order(own), image.fetch);
    assert.equal(slot, "b", "what came up once is left alone");
    assert.deepEqual(at(layout["root-b"].start, image.parts.root.length), image.parts.root);
  });

  for (const cut of [1, 2, 3, 4, 5, 6, 7])
    it(`goes on after it was cut off at its step ${cut}`, async () => {
      const image = madeUpImage();
      let steps = 0;
      const cutOff = () => {
        if (++steps === cut) throw new Error("the power is gone");
      };
      const fetch: Fetch = async (sha256) => {
        cutOff();
        const source = await image.fetch(sha256);
        return (async function* () {
          for await (const chunk of source) {
            yield chunk;
            if (sha256 === image.images.root.sha256) cutOff();
          }
        })();
      };
      await assert.rejects(go(image.order(), fetch, cutOff), /the power is gone/);
      const guid = "99999999-2222-3333-4444-555555555500";
      const told = reports.flatMap((r) => ("disk" in r ? [r.disk] : []));
      reports = [];
      const { slot } = await go(image.order({ own: told, guid }), image.fetch);
      assert.equal(slot, "a");
      const start = planLayout(SIZE, guid)["root-a"].start;
      assert.deepEqual(at(start, image.parts.root.length), image.parts.root);
    });

  it("refuses a disk with anything on it before a byte is written, and says so to the boot service", async () => {
    await run(["mkfs.ext4", "-q", "-F", file]);
    const before = at(0, 2 ** 20);
    const { order, fetch } = madeUpImage();
    await assert.rejects(go(order(), fetch), /disks\[0\]\.erase = false[^]*holds ext4[^]*erase: true/);
    assert.deepEqual(states(), ["booting"]);
    assert.deepEqual(at(0, 2 ** 20), before);
    const [inspected] = reports as [Extract<InstallReport, { disks: unknown }>];
    assert.deepEqual(
      inspected.disks.map(({ byId, holds, serial }) => [byId, holds, serial]),
      [
        [DISK, "ext4 at 1080", "SYSTEM"],
        [OTHER, "ext4 at 1080", "DATA"],
      ],
    );
  });

  it("wipes one that may be erased, after the boot service has taken that down", async () => {
    await run(["sgdisk", "-n", "1:2048:0", file]);
    await run(["mkfs.ext4", "-q", "-F", "-E", "offset=1048576", file, "64M"]);
    const { order, fetch } = madeUpImage();
    const erase = order({ disk: { byId: DISK, erase: true } });
    const before = at(0, 2 ** 21);
    const refuse = ({ state }: InstallReport) => {
      if (state === "wiping") throw new Error("409 no boot is under way");
    };
    await assert.rejects(go(erase, fetch, refuse), /409/);
    assert.deepEqual(at(0, 2 ** 21), before, "nothing is written before that");
    reports = [];
    await go(erase, fetch);
    assert.deepEqual(states(), ["booting", "wiping", "installing", "start a"]);
    assert.equal((await choice()).try, "a");
  });

  it("refuses its own disk once something else was made over it", async () => {
    const { order, fetch } = madeUpImage();
    await go(order(), fetch);
    await run(["mkfs.ext4", "-q", "-F", file]);
    await assert.rejects(go(order(own), fetch), /holds .*ext4/);
  });

  it("refuses another disk under the same name, one that is too small, an image without the site's signature", async () => {
    const { order, fetch } = madeUpImage();
    const recorded = [{ byId: DISK, size: SIZE, serial: "ANOTHER" }];
    await assert.rejects(go(order({ recorded }), fetch), /was another disk's: serial ANOTHER is now SYSTEM/);
    const { images } = madeUpImage();
    await assert.rejects(go(order({ images }), fetch), /images\.root\.sha256[^]*signed manifest says/);
    const { signed } = order();
    const forged = { ...signed, manifest: signed.manifest.replace("kernel", "kernal") };
    await assert.rejects(go(order({ signed: forged }), fetch), /not the signature of the site's key/);
    truncateSync(file, LEAST_DISK - 2 ** 20);
    await assert.rejects(go(order(), fetch), /too small: .* at least 12803Mi are needed/);
    assert.deepEqual(at(0, 2 ** 20), Buffer.alloc(2 ** 20));
  });

  it("finds that another image came than was promised, and starts nothing", async () => {
    const { order, images } = madeUpImage();
    const { fetch, images: others } = madeUpImage();
    const swapped: Fetch = (sha256) =>
      fetch(sha256 === images.root.sha256 ? others.root.sha256 : others.kernel.sha256);
    await assert.rejects(go(order(), swapped), /read back from slot a: its SHA-256 is [0-9a-f]{64}, not/);
    assert.deepEqual(await choice(), { good: undefined, try: undefined });
    assert.equal(await esp.read(`${BOOT_DIR}/slot-a.cfg`), undefined);
  });

  it("refuses a block device that is mounted, and wipes and writes it once it is free", async () => {
    const { order, fetch } = madeUpImage();
    const device = (await run(["losetup", "--find", "--show", file])).stdout.trim();
    const mountPoint = mkdtempSync(join(dir, "mnt-"));
    const looked = () => inspectDisk({ path: device, size: SIZE, serial: null, wwn: null }, [DISK]);
    const options = { fetch, loader, note: () => undefined, tell: () => Promise.resolve() };
    const erase = order({ disk: { byId: DISK, erase: true } });
    try {
      await run(["mkfs.ext4", "-q", "-F", device]);
      await run(["mount", device, mountPoint]);
      try {
        await assert.rejects(install({ ...options, order: erase, disks: looked() }), /in use/);
        const free = looked().map((disk) => ({ ...disk, inUse: false }));
        await assert.rejects(install({ ...options, order: erase, disks: free }), /EBUSY/);
      } finally {
        await run(["umount", mountPoint]);
      }
      const { slot } = await install({ ...options, order: erase, disks: looked() });
      assert.equal(slot, "a");
      const [{ tables, findings }] = looked() as [ReturnType<typeof looked>[number]];
      assert.deepEqual(tables, [GUID]);
      assert.deepEqual([...new Set(findings.map(({ content }) => content))].sort(), ["gpt", "mbr"]);
    } finally {
      await run(["losetup", "--detach", device]);
    }
  });

  it("never touches the other disk", async () => {
    const { stdout } = await run(["sha256sum", other]);
    const { order, fetch } = madeUpImage();
    await go(order(), fetch);
    await assert.rejects(go(order({ disk: { byId: OTHER } }), fetch), /holds ext4/);
    assert.equal((await run(["sha256sum", other])).stdout, stdout);
  });

  function at(offset: number, length: number): Buffer {
    const fd = openSync(file, "r");
    try {
      const buffer = Buffer.alloc(length);
      readSync(fd, buffer, 0, length, offset);
      return buffer;
    } finally {
      closeSync(fd);
    }
  }

  async function copyOut(name: string): Promise<string> {
    const path = join(dir, name);
    writeFileSync(path, (await esp.read(`${BOOT_DIR}/${name}`)) as Buffer);
    return path;
  }
});
