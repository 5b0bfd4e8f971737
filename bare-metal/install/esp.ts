import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, runToEnd } from "../../base/run";

/**
 * Files of the FAT file system that lies at a place of a disk, by mtools(1): nothing is mounted, so that the kernel
 * need not know the partitions.
 */
export class Esp {
  private readonly image: string;

  constructor(
    private readonly disk: string,
    private readonly place: { readonly start: number; readonly size: number },
  ) {
    this.image = `${disk}@@${place.start}`;
  }

  /** Makes it, empty. */
  async format(): Promise<void> {
    const { start, size } = this.place;
    // -I: of a disk with partitions, it is told where.
    await run([
      ...(["mkfs.fat", "-I", "-F", "32", "-n", "LECTERN", "-s", "8"] as const),
      ...["--offset", String(start / 512), this.disk, String(size / 1024)],
    ]);
  }

  async makeFolder(path: string): Promise<void> {
    await this.mtools("mmd", ["-i", this.image, `::${path}`]);
  }

  /** Its content; undefined if it is not there or cannot be read. */
  async read(path: string): Promise<Buffer | undefined> {
    return inTemporary(async (dir) => {
      const file = join(dir, "file");
      const { status } = await runToEnd(["mcopy", "-n", "-i", this.image, `::${path}`, file], env());
      return status === 0 ? readFileSync(file) : undefined;
    });
  }

  async write(path: string, content: Buffer | string): Promise<void> {
    await inTemporary(async (dir) => {
      const file = join(dir, "file");
      writeFileSync(file, content);
      await this.copyIn(file, path);
    });
  }

  /** Writes a file of this machine. */
  async copyIn(file: string, path: string): Promise<void> {
    await this.mtools("mcopy", ["-o", "-i", this.image, file, `::${path}`]);
  }

  /** Does nothing if it is not there. */
  async remove(path: string): Promise<void> {
    if ((await this.read(path)) !== undefined) await this.mtools("mdel", ["-i", this.image, `::${path}`]);
  }

  private async mtools(command: string, words: readonly string[]): Promise<void> {
    await run([command, ...words], env());
  }
}

/** mtools would refuse a disk whose size does not fit its idea of tracks. */
function env() {
  return { env: { ...process.env, MTOOLS_SKIP_CHECK: "1" } };
}

async function inTemporary<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "lectern-esp-"));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
