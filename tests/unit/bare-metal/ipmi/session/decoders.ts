import {
  decodeSuiteRecords,
  getChannelCipherSuites,
} from "../../../../../bare-metal/ipmi/messages/channel-cipher-suites";
import { getSessionInfo } from "../../../../../bare-metal/ipmi/messages/session-info";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));

/** Decoders of what is asked about sessions; replies as ipmi_sim of OpenIPMI 2.0.33 and goipmi-server 0.9.1 answered. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "Get Channel Cipher Suites",
    decode: (bytes) => getChannelCipherSuites(0).decode(bytes),
    samples: hex("01c000004080c001014080c002014180c0", "01c011034481"),
  },
  {
    name: "cipher suite records",
    decode: decodeSuiteRecords,
    samples: hex("c011034481", "c003014181c1805701000341444481"),
  },
  {
    name: "Get Session Info",
    decode: (bytes) => getSessionInfo().decode(bytes),
    samples: hex("013f01020411", "0204010204117f0000010000000000002ecd"),
  },
];
