import { readFileSync } from "node:fs";
import { labelOf } from "../../bare-metal/bmc/shared";
import type { RedfishOptions } from "../../bare-metal/redfish";
import { UsageError } from "../failure";
import { expandHosts } from "./host-ranges";
import type { BmcOptions } from "./options";
import { readPassword } from "./password";

/** A BMC to be asked, and as whom. */
export interface BmcTarget {
  /** As it was typed: a machine of the inventory, a host name or an address. */
  readonly name: string;
  readonly protocol: "ipmi" | "redfish";
  /** Name or address of the BMC. */
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly label: string;
  readonly user: string;
  /** Secret. */
  readonly password: Buffer;
  /** IPMI alone. */
  readonly cipherSuite: 17 | 3;
  readonly redfish: Pick<RedfishOptions, "certificate" | "authorities" | "system">;
}

const PORTS = { ipmi: 623, redfish: 443 } as const;

/**
 * The BMCs that a pattern means: machines of an inventory, or with `user` (and no inventory) plain hosts.
 * @throws {UsageError} also for names that the inventory does not know
 */
export async function findTargets(pattern: string, options: BmcOptions): Promise<BmcTarget[]> {
  const names = expandHosts(pattern, options.exclude);
  if (options.inventory === undefined && options.user !== undefined) {
    return plainTargets(names, options.user, await readPassword(options), options);
  }
  // Reading YAML and checking it takes as long as asking a few hundred BMCs.
  const { inventoryTargets } = require("./inventory-targets") as typeof import("./inventory-targets");
  return inventoryTargets(names, options);
}

function plainTargets(
  names: readonly string[],
  user: string,
  password: Buffer,
  { protocol, cipherSuite, certificate, authorities, port = PORTS[protocol] }: BmcOptions,
): BmcTarget[] {
  const redfish = {
    ...(certificate === undefined ? {} : { certificate }),
    ...(authorities === undefined ? {} : { authorities: readText(authorities) }),
  };
  return names.map((host) => ({
    name: host,
    protocol,
    host,
    port,
    label: labelOf(host, port),
    user,
    password,
    cipherSuite,
    redfish,
  }));
}

/** A file that was named on the command line. @throws {UsageError} if it cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that exists`,
    );
  }
}
