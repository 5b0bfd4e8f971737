import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { privateFolder, replaceFile } from "../../base/files";
import { machineRecordSchema, nodeConfigSchema } from "./record";

const storedSchema = machineRecordSchema.extend({
  /** One-time token of the boot that is expected or under way, or of the last one. A secret. */
  token: z.string().optional(),
  /** The claim of this boot: the machine's own words, and the token that it got for them. Secrets. */
  claim: z
    .object({
      nonce: z.string(),
      token: z.string(),
      from: z.string(),
      /** For a disk that has to be partitioned. */
      guid: z.string().optional(),
    })
    .optional(),
  /** What the machine is to apply, and how often that changed. Secret. */
  config: z.object({ revision: z.int(), ...nodeConfigSchema.shape }).optional(),
});
/** What is kept of a machine: its record and its secrets. */
export type StoredMachine = z.infer<typeof storedSchema>;

/**
 * One file a machine, replaced whole (written beside, synced, renamed), so that a kill at any point
 * leaves the state before or the state after.
 */
export class MachineStore {
  private readonly machines = new Map<string, StoredMachine>();

  /** @throws {Error} if a file of the folder is not a machine's state */
  constructor(private readonly dir: string) {
    privateFolder(dir);
    for (const file of readdirSync(dir)) {
      if (file.endsWith(".tmp")) rmSync(join(dir, file));
      if (!file.endsWith(".json")) continue;
      const machine = readMachine(join(dir, file));
      this.machines.set(machine.mac, machine);
    }
  }

  get(mac: string): StoredMachine | undefined {
    return this.machines.get(mac);
  }

  /** By name. */
  all(): StoredMachine[] {
    return [...this.machines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(machine: StoredMachine): void {
    replaceFile(this.file(machine.mac), JSON.stringify(machine, undefined, 2), { durable: true });
    this.machines.set(machine.mac, machine);
  }

  remove(mac: string): void {
    rmSync(this.file(mac), { force: true });
    this.machines.delete(mac);
  }

  private file(mac: string): string {
    return join(this.dir, `${mac.replaceAll(":", "-")}.json`);
  }
}

function readMachine(file: string): StoredMachine {
  try {
    return storedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new Error(`${file}: not the state of a machine; remove it and register the machine again`, {
      cause: error,
    });
  }
}
