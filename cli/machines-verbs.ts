import { dirname, join } from "node:path";
import type { BootServiceClient } from "../bare-metal/boot/client";
import type { MachineRecord } from "../bare-metal/boot/record";
import { formatSize } from "../base/units";
import { bootServiceOf, type InventoryMachine } from "../bare-metal/inventory/inventory";
import { readInventory } from "../bare-metal/inventory/validate";
import { BREAKER } from "../bare-metal/lifecycle/breaker";
import { inventoryFile, readCredentials } from "./bmc/inventory-targets";
import { readText } from "./bmc/targets";
import { UsageError } from "./failure";
import type { ServiceOptions } from "./machines";
import { bootServiceAt } from "./machines-service";
import { formatTable } from "./table";

interface Room {
  readonly machines: readonly InventoryMachine[];
  readonly boot: BootServiceClient;
}

/** One machine as `lectern machines list` shows it. */
interface Row {
  readonly machine: string;
  readonly role: string;
  readonly state: string;
  /** When it entered that state. */
  readonly since: string;
  /** First twelve digits of the root file system that it booted last. */
  readonly image: string;
  /** Power-ons within the breaker's time. */
  readonly powerOns: number;
  readonly problem: string;
}

export async function list(options: ServiceOptions): Promise<void> {
  const { machines, boot } = openRoom(options);
  const records = new Map((await boot.list()).map((record) => [record.mac, record]));
  const rows = machines.map((machine) => rowOf(machine, records.get(machine.mac)));
  if (options.json) return print(JSON.stringify(rows, undefined, 2));
  const head = ["MACHINE", "ROLE", "STATE", "SINCE", "IMAGE", "POWER-ONS", "PROBLEM"];
  print(
    formatTable(
      head,
      rows.map((r) => [r.machine, r.role, r.state, r.since, r.image, r.powerOns, r.problem]),
    ),
  );
}

export async function show(name: string, options: ServiceOptions): Promise<void> {
  const room = openRoom(options);
  const record = await room.boot.get(find(room, name).mac);
  if (record === undefined)
    throw new Error(`${name}: the boot service does not know it; \`pulumi up\` registers it`);
  if (options.json) return print(JSON.stringify(record, undefined, 2));
  const { failure, rejected, error } = record;
  const events = [
    ...record.history.map(({ at, state }) => ({ at, what: state })),
    ...(record.orders ?? []).map(({ at, power }) => ({ at, what: `power ${power}` })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1));
  print(
    formatTable(
      ["AT", "WHAT"],
      events.map(({ at, what }) => [at, what]),
    ),
  );
  if (record.inspected)
    print(
      formatTable(
        ["DISK", "SIZE", "SERIAL", "HOLDS", ""],
        record.inspected.map((disk) => [
          disk.byId,
          formatSize(disk.size),
          disk.serial ?? "",
          disk.holds || "nothing",
          noteOf(disk, record),
        ]),
      ),
    );
  if (error !== undefined) print(`It reported: ${error}`);
  if (failure)
    print(`Failed at ${failure.at} while ${failure.during}: ${failure.problem}\n  fix: ${failure.fix}`);
  if (failure?.latched) print(`  then: lectern machines reset ${name}`);
  if (rejected) print(`The image ${rejected.root} did not come up at ${rejected.at}: ${rejected.problem}`);
}

export async function reset(
  names: readonly string[],
  options: ServiceOptions & { disks?: true },
): Promise<void> {
  const room = openRoom(options);
  for (const { mac, name } of names.map((name) => find(room, name))) {
    const record = await room.boot.get(mac);
    if (record === undefined)
      throw new Error(`${name}: the boot service does not know it; there is nothing to reset`);
    const state =
      record.state === "failed" ? (record.readyAt === undefined ? "unknown" : "ready") : record.state;
    await room.boot.journal(mac, { state, reset: true, ...(options.disks && { forgetDisks: true }) });
    if (!options.json) print(`${name}: reset; \`pulumi up\` goes on with it`);
  }
}

function openRoom(options: ServiceOptions): Room {
  const file = inventoryFile(options.inventory);
  const { machines, services } = readInventory(readText(file), file);
  const { bootToken } = readCredentials(options.credentials ?? join(dirname(file), "credentials.json"));
  const { url, ...access } = {
    ...(options.boot ? { url: options.boot } : bootServiceOf(services.boot)),
    ...options,
  };
  return { machines, boot: bootServiceAt(url, bootToken, access) };
}

function find({ machines }: Room, name: string): InventoryMachine {
  const machine = machines.find((m) => m.name === name);
  if (machine) return machine;
  throw new UsageError(
    `no machine ${name} in the inventory; it has ${machines.map((m) => m.name).join(", ")}`,
  );
}

function rowOf({ name, role }: InventoryMachine, record: MachineRecord | undefined): Row {
  const lately = Date.now() - BREAKER.within;
  const ons = (record?.orders ?? []).filter(({ at, power }) => power === "on" && Date.parse(at) > lately);
  return {
    machine: name,
    role,
    state: record?.state ?? "unknown",
    since: record?.history.at(-1)?.at ?? "",
    image: record?.root?.slice(0, 12) ?? "",
    powerOns: ons.length,
    problem: record?.failure?.problem ?? record?.error ?? "",
  };
}

function noteOf(
  { byId, inUse }: { byId: string; inUse: boolean },
  { own, installed }: MachineRecord,
): string {
  if (installed?.byId === byId) return `slot ${installed.slot}: ${installed.root.slice(0, 12)}`;
  return own?.some((disk) => disk.byId === byId) ? "the site's own" : inUse ? "in use" : "";
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
