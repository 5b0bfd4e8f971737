import { parse, YAMLParseError } from "yaml";
import type { z } from "zod";
import { type Fault, FaultCollector, FaultsError } from "../../base/faults";
import { cidrContains, cidrsOverlap } from "../../base/network";
import { valueAt } from "../../base/paths";
import { zodFaults } from "../../base/zod-faults";
import { type Inventory, inventorySchema } from "./inventory";

/**
 * Reads an inventory and checks all of it: form first, then what only the whole can show.
 * @param text YAML.
 * @param source For the headline of the error, such as the file's path.
 * @throws {FaultsError} with every fault found
 */
export function readInventory(text: string, source: string): Inventory {
  let data: unknown;
  try {
    data = parse(text, { merge: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const fault = {
      path: "(file)",
      value: source,
      problem: error.message,
      fix: "correct the YAML at that line",
    };
    throw new FaultsError(source, [fault]);
  }
  const form = inventorySchema.safeParse(data);
  const faults = new FaultCollector();
  if (!form.success) faults.addAll(zodFaults(form.error, data));
  // What can be checked in the parts that have the right form is checked too, so that one run shows all.
  faults.addAll(wholeRoomFaults(form.success ? form.data : wellFormedParts(data, form.error)));
  faults.throwIfAny(source);
  return form.data as Inventory;
}

/** A faulty inventory without the values that have the wrong form: whatever is left can be checked further. */
function wellFormedParts(data: unknown, error: z.ZodError): PartialRoom {
  const room = structuredClone(data);
  for (const { path, code } of error.issues) {
    if (code === "unrecognized_keys") continue;
    const holder = valueAt(room, path.slice(0, -1));
    const key = path.at(-1);
    if (key !== undefined && holder !== null && typeof holder === "object") {
      (holder as Record<PropertyKey, unknown>)[key] = undefined;
    }
  }
  const whole = error.issues.some((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys");
  const parts = (whole ? {} : room) as Partial<PartialRoom>;
  return { machines: parts.machines ?? [], networks: parts.networks ?? {}, fabric: parts.fabric ?? {} };
}

type DeepPartial<T> = T extends (infer E)[]
  ? (DeepPartial<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;
type PartialRoom = {
  machines: DeepPartial<Inventory["machines"]>;
  networks: DeepPartial<Inventory["networks"]>;
  fabric: DeepPartial<Inventory["fabric"]>;
};

function wholeRoomFaults(room: PartialRoom): Fault[] {
  const faults = new FaultCollector();
  uniqueFaults(room, faults);
  networkFaults(room, faults);
  const switches = new Set((room.fabric.switches ?? []).map((s) => s?.name));
  const machines = new Map(room.machines.map((m) => [m?.name, m]));
  room.machines.forEach((machine, i) => {
    const path = `machines[${i}]`;
    const gpus = machine?.hardware?.gpus?.count;
    if (machine?.role === "gpu" && (gpus === undefined || gpus === 0)) {
      faults.add(
        `${path}.hardware.gpus.count`,
        gpus,
        "a GPU machine without GPUs",
        "give the count of its GPUs, or another role",
      );
    }
    if (machine?.role !== "gpu" && (gpus ?? 0) > 0) {
      faults.add(
        `${path}.role`,
        machine?.role,
        `has ${gpus} GPUs but is no GPU machine`,
        'write role "gpu", or remove the GPUs',
      );
    }
    (machine?.hardware?.hcas ?? []).forEach((hca, j) => {
      if (hca?.switch !== undefined && !switches.has(hca.switch)) {
        faults.add(
          `${path}.hardware.hcas[${j}].switch`,
          hca.switch,
          "no such switch in fabric.switches",
          `one of: ${[...switches].join(", ")}`,
        );
      }
    });
  });
  (room.fabric.links ?? []).forEach((link, i) =>
    (link ?? []).forEach((end, j) => {
      if (end !== undefined && !switches.has(end)) {
        faults.add(
          `fabric.links[${i}][${j}]`,
          end,
          "no such switch in fabric.switches",
          `one of: ${[...switches].join(", ")}`,
        );
      }
    }),
  );
  const manager = room.fabric.subnetManager;
  if (manager !== undefined && (machines.get(manager)?.hardware?.hcas ?? []).length === 0) {
    faults.add(
      "fabric.subnetManager",
      manager,
      "no machine of that name with an HCA",
      "name a machine of the inventory that has an HCA",
    );
  }
  return [...faults.faults];
}

function uniqueFaults(room: PartialRoom, faults: FaultCollector): void {
  const seen = new Map<string, string>();
  const once = (kind: string, value: string | undefined, path: string): void => {
    if (value === undefined) return;
    const first = seen.get(`${kind} ${value}`);
    if (first === undefined) seen.set(`${kind} ${value}`, path);
    else faults.add(path, value, `the same ${kind} as ${first}`, `give each machine its own ${kind}`);
  };
  room.machines.forEach((machine, i) => {
    const path = `machines[${i}]`;
    once("name", machine?.name, `${path}.name`);
    once("MAC address", machine?.mac, `${path}.mac`);
    once("address", machine?.address, `${path}.address`);
    const bmc = machine?.bmc;
    if (bmc?.address !== undefined)
      once(
        "BMC",
        `${bmc.address}:${bmc.port ?? (bmc.protocol === "redfish" ? 443 : 623)}`,
        `${path}.bmc.address`,
      );
    once("system GUID", bmc?.systemGuid, `${path}.bmc.systemGuid`);
    (machine?.disks ?? []).forEach((disk, j) => once("disk", disk?.byId, `${path}.disks[${j}].byId`));
    (machine?.hardware?.hcas ?? []).forEach((hca, j) => {
      once("GUID", hca?.guid, `${path}.hardware.hcas[${j}].guid`);
      once("port GUID", hca?.portGuid, `${path}.hardware.hcas[${j}].portGuid`);
    });
  });
  (room.fabric.switches ?? []).forEach((s, i) => {
    once("switch name", s?.name, `fabric.switches[${i}].name`);
    once("GUID", s?.guid, `fabric.switches[${i}].guid`);
  });
}

function networkFaults(room: PartialRoom, faults: FaultCollector): void {
  const networks = Object.entries(room.networks).filter(
    (e): e is [string, string] => typeof e[1] === "string",
  );
  networks.forEach(([name, cidr], i) => {
    for (const [other, otherCidr] of networks.slice(0, i)) {
      if (cidrsOverlap(cidr, otherCidr)) {
        faults.add(
          `networks.${name}`,
          cidr,
          `overlaps networks.${other} (${otherCidr})`,
          "choose ranges that share no address",
        );
      }
    }
  });
  const inside = (value: string | undefined, network: "management" | "provisioning", path: string): void => {
    const cidr = room.networks[network];
    if (value !== undefined && cidr !== undefined && cidrContains(cidr, value) === false) {
      faults.add(path, value, `outside networks.${network} (${cidr})`, `an address inside ${cidr}`);
    }
  };
  room.machines.forEach((machine, i) => {
    inside(machine?.bmc?.address, "management", `machines[${i}].bmc.address`);
    inside(machine?.address, "provisioning", `machines[${i}].address`);
  });
}
