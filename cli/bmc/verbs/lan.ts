import type { LanConfiguration } from "../../../bare-metal/ipmi/lan";
import type { Verb } from "../verb";

/** How the BMC itself is in the network, on the channel that is asked over. */
export const lan: Verb<LanConfiguration> = {
  name: "lan",
  privilege: "operator",
  head: ["SOURCE", "ADDRESS", "MASK", "GATEWAY", "MAC", "VLAN"],
  rows: ({ source, address, mask, gateway, mac, vlan }) => [
    [source, address, mask, gateway, mac, vlan ?? "off"],
  ],
  ipmi: (ipmi) => ipmi.lan.read(),
};
