import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { privateFolder, replaceFile } from "../../base/files";
import { type Discovery, discoverySchema } from "./record";

/** Most machines that are kept: anybody in the provisioning network may report. */
export const DISCOVERED_LIMIT = 1000;

/** Machines that reported and that nobody registered, a file each; the oldest give way. */
export class DiscoveredMachines {
  private readonly machines = new Map<string, Discovery>();

  constructor(private readonly dir: string) {
    privateFolder(dir);
    for (const file of readdirSync(dir).filter((f) => f.endsWith(".json"))) {
      const found = discoverySchema.safeParse(parse(readFileSync(join(dir, file), "utf8"))).data;
      // What a kill left half written is reported again by the machine's next boot.
      if (found) this.machines.set(found.mac, found);
      else rmSync(join(dir, file));
    }
  }

  /** Latest first. */
  all(): Discovery[] {
    return [...this.machines.values()].sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  put(found: Discovery): void {
    replaceFile(this.file(found.mac), JSON.stringify(found, undefined, 2));
    this.machines.set(found.mac, found);
    for (const old of this.all().slice(DISCOVERED_LIMIT)) this.remove(old.mac);
  }

  remove(mac: string): void {
    rmSync(this.file(mac), { force: true });
    this.machines.delete(mac);
  }

  private file(mac: string): string {
    return join(this.dir, `${mac.replaceAll(":", "-")}.json`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
