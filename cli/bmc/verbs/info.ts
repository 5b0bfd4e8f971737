import type { BmcDriver, BmcIdentity, InventoryItem } from "../../../bare-metal/bmc/driver";
import type { ControllerPath, Ipmi } from "../../../bare-metal/ipmi";
import type { Verb } from "../verb";

export const info: Verb<BmcIdentity> = {
  name: "info",
  privilege: "user",
  head: ["MANUFACTURER", "MODEL", "FIRMWARE", "SYSTEM GUID"],
  rows: ({ manufacturer = "", model = "", firmware, systemGuid }) => [
    [manufacturer, model, firmware, systemGuid],
  ],
  driver: (bmc) => bmc.identity(),
};

/** @param path parts that a controller behind the BMC knows of */
export function fru(path?: ControllerPath): Verb<readonly InventoryItem[]> {
  return {
    name: "fru",
    privilege: "user",
    head: ["PART", "MANUFACTURER", "PRODUCT", "PART NUMBER", "SERIAL NUMBER"],
    rows: (items) =>
      items.map((item) => [
        item.name,
        item.manufacturer ?? "",
        item.problem === undefined ? (item.product ?? "") : `not read: ${item.problem}`,
        item.partNumber ?? "",
        item.serialNumber ?? "",
      ]),
    ...(path
      ? { ipmi: (ipmi) => inventoryBehind(ipmi, path) }
      : { driver: (bmc: BmcDriver) => bmc.inventory() }),
  };
}

function inventoryBehind(ipmi: Ipmi, path: ControllerPath): Promise<readonly InventoryItem[]> {
  const { inventoryOf } =
    require("../../../bare-metal/ipmi/driver") as typeof import("../../../bare-metal/ipmi/driver");
  return inventoryOf(ipmi.controller(path), path);
}
