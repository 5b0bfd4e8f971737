import type { Command } from "../../../../../bare-metal/ipmi/messages/command";
import {
  getDcmiAccess,
  getDcmiAveragingPeriods,
  getDcmiCapabilities,
  getDcmiPlatform,
} from "../../../../../bare-metal/ipmi/messages/dcmi-capabilities";
import { getPowerLimit } from "../../../../../bare-metal/ipmi/messages/dcmi-power-limit";
import { getPowerReading } from "../../../../../bare-metal/ipmi/messages/dcmi-power-reading";
import { assetTag, getTextPiece, setTextPiece } from "../../../../../bare-metal/ipmi/messages/dcmi-text";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const under = (name: string, command: Command<unknown>, ...samples: string[]): DecoderUnderTest => ({
  name,
  decode: (bytes) => command.decode(bytes) ?? "nothing set",
  samples: samples.map((text) => Buffer.from(text, "hex")),
});

/** DCMI 1.5, tables 6-2, 6-3, 6-8 to 6-11, 6-16 and 6-17; the answers that ipmitool and ipmi-dcmi read alike. */
export const decoders: readonly DecoderUnderTest[] = [
  under("Get DCMI Capabilities Info (1)", getDcmiCapabilities, "dc010502000105"),
  under("Get DCMI Capabilities Info (2)", getDcmiPlatform, "dc0105024082000005"),
  under("Get DCMI Capabilities Info (4)", getDcmiAccess, "dc01050201ffff"),
  under("Get DCMI Capabilities Info (5)", getDcmiAveragingPeriods, "dc01050203004581"),
  under("Get Power Reading", getPowerReading(), "dc9c016000db028e0180575769e803000040"),
  under("Get Power Limit", getPowerLimit, "dc0000018a02701700000000" + "0200"),
  under("Get Asset Tag", getTextPiece(assetTag, 0, 16), "dc0449542d31"),
  under("Set Asset Tag", setTextPiece(assetTag, 0, Buffer.alloc(4)), "dc04"),
];
