import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { privateFolder, replaceFile } from "../../base/files";
import { cidrRange, numberToIpv4 } from "../../base/network";

const run = promisify(execFile);

/**
 * Addresses that this daemon has put on the loopback interface. Each is written down before it is added, so that
 * whatever happens, exactly these are removed and no other.
 */
export class LoopbackAddresses {
  private readonly held: Set<string>;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param record File of the addresses held: a JSON list. What an earlier daemon left in it counts as held. */
  constructor(private readonly record: string) {
    this.held = new Set(readList(record));
  }

  list(): string[] {
    return [...this.held].sort();
  }

  /** Idempotent. @throws {Error} if the interface has the address from someone else, such as a second room */
  add(address: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.held.has(address)) return;
      if ((await loopbackAddresses()).has(address)) {
        throw new Error(
          `${address}: already on lo, and not from this room; give the rooms networks of their own`,
        );
      }
      await this.put(address);
    });
  }

  /** Adds the lowest address of a network that nobody has. @throws {Error} if none is free */
  addFrom(cidr: string): Promise<string> {
    return this.inTurn(async () => {
      const address = freeAddress(cidr, new Set([...this.held, ...(await loopbackAddresses())]));
      await this.put(address);
      return address;
    });
  }

  /** Idempotent; an address that is not held stays. */
  remove(address: string): Promise<void> {
    return this.inTurn(async () => {
      if (!this.held.has(address)) return;
      if ((await loopbackAddresses()).has(address)) {
        await run("ip", ["address", "del", `${address}/32`, "dev", "lo"]);
      }
      this.held.delete(address);
      this.write();
    });
  }

  async removeAll(): Promise<void> {
    for (const address of this.list()) await this.remove(address);
  }

  private async put(address: string): Promise<void> {
    this.held.add(address);
    this.write();
    await run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private write(): void {
    privateFolder(dirname(this.record));
    replaceFile(this.record, JSON.stringify(this.list()));
  }
}

/** The lowest host address of a network that is not taken. @throws {Error} if all are */
export function freeAddress(cidr: string, taken: ReadonlySet<string>): string {
  const [first, last] = cidrRange(cidr) ?? [0, -1];
  for (let n = first + 1; n < last; n++) {
    const address = numberToIpv4(n);
    if (!taken.has(address)) return address;
  }
  throw new Error(`${cidr}: no address is free`);
}

async function loopbackAddresses(): Promise<Set<string>> {
  const { stdout } = await run("ip", ["-json", "-4", "address", "show", "dev", "lo"]);
  const links = JSON.parse(stdout) as { addr_info?: { local: string }[] }[];
  return new Set(links.flatMap((l) => (l.addr_info ?? []).map((a) => a.local)));
}

function readList(file: string): string[] {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as string[];
  } catch {
    return [];
  }
}
