import { readFileSync } from "node:fs";
import { join } from "node:path";
import { silentProgress, type Progress } from "../base/progress";
import { run } from "../base/run";
import { Cache, contentKey } from "./cache";

/** Sets of Python packages that tests need: a file `python/<name>.txt` each, every package pinned by version and hash. */
export const pythonSets = ["pyghmi", "redfish"] as const;
export type PythonSet = (typeof pythonSets)[number];

/** How Python packages are got. */
export interface PythonOptions {
  /** Default: silent. */
  readonly progress?: Progress;
  /** Stops downloads. */
  readonly signal?: AbortSignal;
}

/**
 * Gets a set of Python packages with pip, once: later calls find it in the cache.
 * @returns the folder for PYTHONPATH; programs of the packages are in its `bin`
 * @throws {Error} if pip cannot get one, or one has another hash
 */
export async function ensurePython(name: PythonSet, options: PythonOptions = {}): Promise<string> {
  const { progress = silentProgress, signal } = options;
  const file = join(__dirname, "python", `${name}.txt`);
  const call = signal ? { signal } : {};
  const { stdout: python } = await run(["python3", "-VV"], call);
  const id = `python/${name}-${contentKey({ packages: readFileSync(file, "utf8"), python })}`;
  const cache = new Cache();
  const found = cache.find(id);
  if (found) return found.dir;
  return progress.step(`Python packages: ${name}`, (note) =>
    cache.locked(
      `python-${name}`,
      async () =>
        cache.find(id)?.dir ??
        cache.publish(id, { from: file, source: "pip" }, async (dir) => {
          const safe = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"];
          await run(
            ["python3", "-m", "pip", "install", "--quiet", ...safe, "--target", dir, "-r", file],
            call,
          );
        }),
      { onWait: note, ...call },
    ),
  );
}
