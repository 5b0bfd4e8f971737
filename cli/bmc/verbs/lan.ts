import type { LanChange, LanConfiguration } from "../../../bare-metal/ipmi/lan";
import { UsageError } from "../../failure";
import type { Verb } from "../verb";

type LanVerb = Verb<LanConfiguration>;

const SHOWN = {
  head: ["SOURCE", "ADDRESS", "MASK", "GATEWAY", "MAC", "VLAN"],
  rows: ({ source, address, mask, gateway, mac, vlan }: LanConfiguration) => [
    [source, address, mask, gateway, mac, vlan ?? "off"],
  ],
};

/** How the BMC itself is in the network. @param channel default: the one that is asked over */
export function lanStatus({ channel }: { channel?: number }): LanVerb {
  return { name: "lan", privilege: "operator", ...SHOWN, ipmi: (ipmi) => ipmi.lan.read(channel) };
}

/** What of `lan set` is no change. */
interface LanSetOptions {
  readonly channel?: number;
  readonly force?: boolean;
}

/**
 * Changes it, and shows what was read back.
 * @throws {UsageError} if nothing is to be changed
 */
export function lanSet(change: LanChange, { channel, force = false }: LanSetOptions): LanVerb {
  const changes = Object.entries(change).filter(([, value]) => value !== undefined);
  if (changes.length === 0) {
    throw new UsageError(
      "nothing to set: give --source, --address, --mask, --gateway, --vlan or --vlan-priority",
    );
  }
  const words = changes
    .map(([name, value]) => `${NAMES[name as keyof LanChange]} ${String(value)}`)
    .join(", ");
  return {
    name: "lan set",
    privilege: "administrator",
    ...SHOWN,
    question: (hosts) => {
      if (change.address !== undefined && hosts > 1) {
        throw new UsageError(
          `--address ${change.address}: one address cannot be that of ${hosts} BMCs; name one host`,
        );
      }
      const where = `on ${hosts === 1 ? "1 BMC" : `${hosts} BMCs`}`;
      return `Set ${words} ${where}${force ? ", even where that ends the way to it" : ""}`;
    },
    ipmi: async (ipmi) => {
      await ipmi.lan.set(change, { force, ...(channel !== undefined && { channel }) });
      return ipmi.lan.read(channel);
    },
  };
}

const NAMES: Readonly<Record<keyof LanChange, string>> = {
  source: "address source",
  address: "address",
  mask: "mask",
  gateway: "gateway",
  vlan: "VLAN",
  vlanPriority: "VLAN priority",
  community: "community",
  suites: "cipher suites",
};
