import {
  decodeSuiteRecords,
  getChannelCipherSuites,
} from "../../../../../bare-metal/ipmi/messages/channel-cipher-suites";
import { decodeLanReply } from "../../../../../bare-metal/ipmi/codec/lan-message";
import { getDeviceId } from "../../../../../bare-metal/ipmi/messages/device-id";
import { getSessionInfo } from "../../../../../bare-metal/ipmi/messages/session-info";
import { Bridging } from "../../../../../bare-metal/ipmi/session/bridging";
import { encodeLanReply } from "../../../../fixtures/ipmi/light-bmc/lan-messages";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const SEND = { to: 0x20, lun: 0, netFn: 0x06, sequence: 6, code: 0x34, data: Buffer.alloc(0) };
const message = (request: typeof SEND, reply: readonly number[]) =>
  encodeLanReply(request, Buffer.from(reply));
const taken = (within: Buffer) => message(SEND, [0x00, ...within]);
const DEVICE = message({ ...SEND, code: 0x01 }, [0, 0, 1, 3, 4, 2, 0x29, 0x57, 1, 0, 0x23, 1]);
const PATH = { address: 0x76, channel: 7, transit: { address: 0x82, channel: 0 } };

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
    name: "answer to Send Message",
    decode: (message) =>
      new Bridging("bmc:623", getDeviceId, PATH).answer(decodeLanReply(message)) ?? "to come",
    // The confirmation, a refusal, the controller's answer, and that answer within one and two confirmations.
    samples: [taken(Buffer.alloc(0)), message(SEND, [0x83]), DEVICE, taken(DEVICE), taken(taken(DEVICE))],
  },
  {
    name: "Get Session Info",
    decode: (bytes) => getSessionInfo().decode(bytes),
    samples: hex("013f01020411", "0204010204117f0000010000000000002ecd"),
  },
];
