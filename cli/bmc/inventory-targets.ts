import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Credentials, credentialsSchema } from "../../bare-metal/inventory/credentials";
import { readInventory } from "../../bare-metal/inventory/validate";
import type { InventoryBmc, InventoryMachine } from "../../bare-metal/inventory/inventory";
import { pathText } from "../../base/paths";
import { labelOf } from "../../bare-metal/bmc/shared";
import { UsageError } from "../failure";
import { foldHosts } from "./host-ranges";
import type { BmcOptions } from "./options";
import { readPassword } from "./password";
import { type BmcTarget, readText } from "./targets";

const CLONE = resolve(__dirname, "../..");

/**
 * The BMCs of the named machines of the inventory, with the passwords that lie beside it, or with the user and the
 * password that were given for all.
 * @throws {UsageError} naming each machine that is unknown or has no password
 */
export async function inventoryTargets(names: readonly string[], options: BmcOptions): Promise<BmcTarget[]> {
  const file = inventoryFile(options.inventory);
  const { machines } = readInventory(readText(file), file);
  const known = new Map(machines.map((machine) => [machine.name, machine]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `${file} has no machine ${foldHosts(unknown)}; it has ${foldHosts(known.keys())}; ` +
        "for names or addresses of BMCs give --user",
    );
  }
  const chosen = names.flatMap((name) => known.get(name) ?? []);
  const passwordOf = await passwords(file, chosen, options);
  return chosen.map(({ name, bmc }) => {
    const { address: host, port, user } = bmc;
    return {
      name,
      host,
      port,
      label: labelOf(host, port),
      user: options.user ?? user,
      password: passwordOf(name),
      ...spoken(bmc),
    };
  });
}

function spoken(bmc: InventoryBmc): Pick<BmcTarget, "protocol" | "cipherSuite" | "redfish"> {
  if (bmc.protocol !== "redfish") return { protocol: "ipmi", cipherSuite: bmc.cipherSuite, redfish: {} };
  const { certificate, system } = bmc;
  return {
    protocol: "redfish",
    cipherSuite: 17,
    redfish: {
      ...(certificate === undefined ? {} : { certificate }),
      ...(system === undefined ? {} : { system }),
    },
  };
}

/** The inventory that is meant. @throws {UsageError} if there is none */
export function inventoryFile(named: string | undefined): string {
  const file = named ?? process.env["LECTERN_INVENTORY"];
  if (file) return file;
  const { LECTERN_ROOM_DIR, LECTERN_ROOM } = process.env;
  const room = LECTERN_ROOM_DIR || join(CLONE, ".lectern/rooms", LECTERN_ROOM || "lab");
  const ofRoom = join(room, "inventory.yaml");
  if (existsSync(ofRoom)) return ofRoom;
  throw new UsageError(
    "no inventory: give --inventory, set LECTERN_INVENTORY, start the room with `lectern lab up`, " +
      "or give --user for names or addresses of BMCs",
  );
}

async function passwords(
  inventory: string,
  machines: readonly InventoryMachine[],
  options: BmcOptions,
): Promise<(machine: string) => Buffer> {
  if (options.user !== undefined || options.passwordFile !== undefined) {
    const one = await readPassword(options);
    return () => one;
  }
  const file = options.credentials ?? join(dirname(inventory), "credentials.json");
  const known = readCredentials(file).bmc;
  const missing = machines.filter(({ name }) => known[name] === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      `${file} has no password for the BMC of ${foldHosts(missing.map(({ name }) => name))}`,
    );
  }
  return (machine) => Buffer.from(known[machine]?.password ?? "");
}

/** Nothing of the content is ever quoted. */
export function readCredentials(file: string): Credentials {
  const text = readText(file);
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new UsageError(`${file}: others can read these passwords; chmod 600 ${file}, and change them`);
  }
  const right = 'write {"bmc": {"<machine>": {"password": "..."}}, "bootToken": "..."}';
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new UsageError(`${file}: not JSON; ${right}`);
  }
  const { success, data: credentials, error } = credentialsSchema.safeParse(data);
  if (success) return credentials;
  const faults = error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
  throw new UsageError(`${file}: ${faults.join("; ")}; ${right}`);
}
