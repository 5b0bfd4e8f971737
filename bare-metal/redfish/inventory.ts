import type { InventoryItem } from "../bmc/driver";
import type { Redfish } from "./client";
import { members } from "./collection";
import { linkAt, numberAt, objectsAt, textAt } from "./json";
import type { Resource } from "./read";
import { chassisOf, idOf, managerOf, type Machine } from "./system";

/** The machine's parts: system, BMC, chassis, power supplies, processors, memory. An empty socket is no part. */
export async function readInventory(machine: Machine): Promise<InventoryItem[]> {
  const { redfish } = machine;
  const system = await machine.system();
  const [manager, chassis, processors, memory] = await Promise.all([
    managerOf(redfish, system),
    chassisOf(redfish, system),
    members(redfish, linkAt(system.body, "Processors")),
    members(redfish, linkAt(system.body, "Memory")),
  ]);
  const supplies = await Promise.all(chassis.map((one) => powerSupplies(redfish, one)));
  const parts = [
    system,
    ...(manager ? [manager] : []),
    ...chassis,
    ...supplies.flat(),
    ...processors,
    ...memory,
  ];
  const summary = processors.length === 0 ? processorSummary(system) : [];
  return [...parts.filter(isPresent).map(itemOf), ...summary];
}

/** In a collection of their own (PowerSubsystem), or in the older Power resource. */
export async function powerSupplies(redfish: Redfish, chassis: Resource): Promise<Resource[]> {
  const subsystem = await redfish.getIfThere(linkAt(chassis.body, "PowerSubsystem"));
  const found = await members(redfish, linkAt(subsystem?.body, "PowerSupplies"));
  if (found.length > 0) return found;
  const power = await redfish.getIfThere(linkAt(chassis.body, "Power"));
  return objectsAt(power?.body, "PowerSupplies").map((body) => {
    return { path: linkAt(body) ?? `${chassis.path}/Power`, body, etag: undefined };
  });
}

function itemOf({ path, body }: Resource): InventoryItem {
  const text = (name: string) => textAt(body, name)?.trim() || undefined;
  const [manufacturer, product] = [text("Manufacturer"), text("Model")];
  const [partNumber, serialNumber] = [text("PartNumber"), text("SerialNumber")];
  const id = text("Id") ?? text("MemberId") ?? idOf(path);
  return {
    id,
    name: text("Name") ?? id,
    ...(manufacturer && { manufacturer }),
    ...(product && { product }),
    ...(partNumber && { partNumber }),
    ...(serialNumber && { serialNumber }),
  };
}

/** Where processors have no resources of their own. */
function processorSummary({ body }: Resource): InventoryItem[] {
  const [count, product] = [
    numberAt(body, "ProcessorSummary", "Count"),
    textAt(body, "ProcessorSummary", "Model"),
  ];
  if (count === undefined) return [];
  return [{ id: "processors", name: `${count} processors`, ...(product && { product }) }];
}

function isPresent({ body }: Resource): boolean {
  return textAt(body, "Status", "State") !== "Absent";
}
