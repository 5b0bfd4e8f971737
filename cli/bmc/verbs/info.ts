import type { BmcIdentity, InventoryItem } from "../../../bare-metal/bmc/driver";
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

export const fru: Verb<readonly InventoryItem[]> = {
  name: "fru",
  privilege: "user",
  head: ["PART", "MANUFACTURER", "PRODUCT", "PART NUMBER", "SERIAL NUMBER"],
  rows: (items) =>
    items.map((item) => [
      item.name,
      item.manufacturer ?? "",
      item.product ?? "",
      item.partNumber ?? "",
      item.serialNumber ?? "",
    ]),
  driver: (bmc) => bmc.inventory(),
};
