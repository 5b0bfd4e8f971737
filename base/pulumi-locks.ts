import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Process ids in the locks that Pulumi's file backend keeps for a stack of project `lectern`; 0 for a lock that cannot
 * be read.
 * @param backend Folder of the backend.
 */
export function pulumiLockHolders(backend: string, stack: string): number[] {
  const dir = join(backend, ".pulumi/locks/organization/lectern", stack);
  let files: string[];
  try {
    // Beside each lock stands a file with its attributes.
    files = readdirSync(dir).filter((file) => file.endsWith(".json"));
  } catch {
    return [];
  }
  return files.flatMap((file) => {
    try {
      return [(JSON.parse(readFileSync(join(dir, file), "utf8")) as { pid: number }).pid];
    } catch {
      // Being written or removed at this moment, or cut off by a kill: 0 is nobody's pid.
      return [0];
    }
  });
}
