import { decodeIpv6Address } from "../../../../../bare-metal/ipmi/lan/ipv6";
import {
  decodeAddress,
  decodeMac,
  decodeSource,
  decodeSuites,
  decodeVlan,
} from "../../../../../bare-metal/ipmi/lan/values";
import { getChannelAccess } from "../../../../../bare-metal/ipmi/messages/channel-access";
import { getChannelInfo } from "../../../../../bare-metal/ipmi/messages/channel-info";
import { getLanParameter } from "../../../../../bare-metal/ipmi/messages/lan-parameters";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));
const SUITES = "000102030405060708090a0b0c0d0e0f10";

/** Every decoder of LAN configuration; replies as ipmi_sim of OpenIPMI 2.0.33 answered. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "Get LAN Configuration Parameters",
    decode: (bytes) => getLanParameter(1, 3).decode(bytes),
    samples: hex("1100000000", `11${SUITES}`),
  },
  {
    name: "Get Channel Access",
    decode: (bytes) => getChannelAccess(14, "active").decode(bytes),
    samples: hex("0204"),
  },
  {
    name: "Get Channel Info",
    decode: (bytes) => getChannelInfo(14).decode(bytes),
    samples: hex("01040181f21b000000"),
  },
  { name: "IP address", decode: decodeAddress, samples: hex("c000024d") },
  { name: "MAC address", decode: decodeMac, samples: hex("525400a1b2c3") },
  { name: "IP address source", decode: decodeSource, samples: hex("01", "02") },
  { name: "VLAN ID", decode: (bytes) => decodeVlan(bytes) ?? "off", samples: hex("2a80", "0000") },
  {
    name: "cipher suites of a channel",
    decode: (bytes) => decodeSuites(15, bytes, Buffer.alloc(9, 0x44)),
    samples: hex(SUITES),
  },
  {
    name: "privileges of cipher suites",
    decode: (bytes) => decodeSuites(15, Buffer.from(SUITES, "hex"), bytes),
    samples: hex("004444444444444444"),
  },
  {
    name: "IPv6 address of a LAN channel",
    decode: (bytes) => decodeIpv6Address(bytes) ?? "unused",
    samples: hex("008020010db800000000000000000000000740 00".replace(" ", "")),
  },
];
