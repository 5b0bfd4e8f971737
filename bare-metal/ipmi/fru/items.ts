import type { InventoryItem } from "../../bmc/driver";
import type { FruInventory } from "./inventory";

/** A FRU device of the BMC. */
export interface FruDevice {
  /** 0 to 254; 0 is the machine itself. */
  readonly id: number;
  /** As the SDR repository calls it. */
  readonly name: string;
}

/** What a FRU describes, one item an area. */
export function itemsOf(device: FruDevice, { chassis, board, product }: FruInventory): InventoryItem[] {
  const item = (area: string, fields: Omit<InventoryItem, "id" | "name">): InventoryItem => ({
    id: `${device.id}/${area}`,
    name: `${device.name} ${area}`,
    ...fields,
  });
  const items: InventoryItem[] = [];
  if (chassis) items.push(item("chassis", { product: chassis.type, ...identified(chassis) }));
  if (board) items.push(item("board", identified(board)));
  if (product) items.push(item("product", identified(product)));
  return items;
}

type Identity = Omit<InventoryItem, "id" | "name">;

function identified({ manufacturer, product, partNumber, serialNumber }: Identity): Identity {
  return {
    ...(manufacturer !== undefined && { manufacturer }),
    ...(product !== undefined && { product }),
    ...(partNumber !== undefined && { partNumber }),
    ...(serialNumber !== undefined && { serialNumber }),
  };
}
