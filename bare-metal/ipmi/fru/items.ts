import type { InventoryItem } from "../../bmc/driver";
import type { ControllerPath } from "../codec/controller-path";
import type { FruInventory } from "./inventory";

/** A FRU device of the BMC, or of a controller behind it. */
export interface FruDevice {
  /** 0 to 254; 0 is the machine itself, or what carries the controller. */
  readonly id: number;
  /** As the SDR repository calls it. */
  readonly name: string;
  /** Default: the BMC. */
  readonly controller?: ControllerPath;
  /** Logical unit of the controller, 0 to 3. Default 0. */
  readonly lun?: number;
}

/** What tells a device from all others of a BMC, such as `3`, or `0x2c.0/3` behind another controller. */
export function fruKey({ id, controller }: FruDevice): string {
  return controller ? `0x${controller.address.toString(16)}.${controller.channel}/${id}` : `${id}`;
}

/** What a FRU describes, one item an area. */
export function itemsOf(device: FruDevice, { chassis, board, product }: FruInventory): InventoryItem[] {
  const item = (area: string, fields: Omit<InventoryItem, "id" | "name">): InventoryItem => ({
    id: `${fruKey(device)}/${area}`,
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
