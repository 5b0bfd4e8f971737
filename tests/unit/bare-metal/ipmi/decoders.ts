import { decodePong } from "../../../../bare-metal/ipmi/codec/asf";
import { decodeLanReply } from "../../../../bare-metal/ipmi/codec/lan-message";
import { decodeSessionless } from "../../../../bare-metal/ipmi/codec/sessionless";
import { decodePacket } from "../../../../bare-metal/ipmi/codec/session-header";
import { PayloadCipher } from "../../../../bare-metal/ipmi/crypto/confidentiality";
import { decodeAuthenticationCapabilities } from "../../../../bare-metal/ipmi/messages/authentication-capabilities";
import { decodeBootFlags } from "../../../../bare-metal/ipmi/messages/boot-flags";
import { getBootOption } from "../../../../bare-metal/ipmi/messages/boot-options";
import { getChassisStatus } from "../../../../bare-metal/ipmi/messages/chassis-status";
import type { Command } from "../../../../bare-metal/ipmi/messages/command";
import { getDeviceId } from "../../../../bare-metal/ipmi/messages/device-id";
import { decodeOpenSession } from "../../../../bare-metal/ipmi/messages/open-session";
import { decodeRakp2, decodeRakp4 } from "../../../../bare-metal/ipmi/messages/rakp";
import { getRestartCause } from "../../../../bare-metal/ipmi/messages/restart-cause";
import { setSessionPrivilege } from "../../../../bare-metal/ipmi/messages/session-privilege";
import { getSystemGuid } from "../../../../bare-metal/ipmi/messages/system-guid";
import type { DecoderUnderTest } from "../../../fixtures/ipmi/decoder-tables";
import { recording } from "../../../fixtures/ipmi/replay";

const KEY = Buffer.alloc(16, 7);

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));
const reply = (command: Command<unknown>, ...samples: string[]): DecoderUnderTest => ({
  name: command.name,
  decode: (bytes) => command.decode(bytes),
  samples: hex(...samples),
});

/** What the BMC of a recording sent. */
const received = (name: string) =>
  hex(
    ...recording(name)
      .datagrams.filter((d) => d.startsWith("<"))
      .map((d) => d.slice(1)),
  );
const sessions = { 3: received("recorded-suite-3"), 17: received("recorded-suite-17") };
/** Payloads of the answers to Open Session (0), RAKP messages 1 (1) and 3 (2), behind RMCP and session header. */
const payload = (suite: 3 | 17, n: 0 | 1 | 2) => (sessions[suite][n] as Buffer).subarray(16);

/** A reply to Get Device ID, as of ipmi_sim. */
const LAN_REPLY = "811c6320040100230908029f911200020f";

/** Session set-up and chassis; replies are those of messages/replies.test.ts, with their sources. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "presence pong",
    decode: decodePong,
    // IPMI 2.0 section 13.2.4.
    samples: hex("0600ff06000011be40010010000011be000000008100000000000000"),
  },
  { name: "session packet, suite 3", decode: (bytes) => decodePacket(bytes, 12), samples: sessions[3] },
  { name: "session packet, suite 17", decode: (bytes) => decodePacket(bytes, 16), samples: sessions[17] },
  { name: "LAN message", decode: decodeLanReply, samples: hex(withSums(LAN_REPLY)) },
  {
    name: "message outside a session",
    decode: decodeSessionless,
    samples: hex("0600ff07000000000000000000092018c88100388e04b5"),
  },
  {
    name: "encrypted payload",
    decode: (bytes) => new PayloadCipher(KEY).decrypt(bytes),
    samples: [0, 7, 15, 40].map((length) =>
      new PayloadCipher(KEY).encrypt(Buffer.alloc(16, length), Buffer.alloc(length, 5)),
    ),
  },
  { name: "Open Session Response", decode: decodeOpenSession, samples: [payload(3, 0), payload(17, 0)] },
  {
    name: "RAKP Message 2",
    decode: (bytes) => decodeRakp2(bytes, 32),
    samples: [payload(17, 1)],
  },
  {
    name: "RAKP Message 4",
    decode: (bytes) => decodeRakp4(bytes, 16),
    samples: [payload(17, 2)],
  },
  {
    name: "Get Channel Authentication Capabilities",
    decode: decodeAuthenticationCapabilities,
    samples: hex("0180000200000000", "0197040300000000", "011704"),
  },
  reply(getDeviceId, "00230908029f911200020f", "ff".repeat(15)),
  reply(getSystemGuid, "a0102030405060708090a0b0c0d0e0f1"),
  reply(getChassisStatus, "000000", "491040", "ffffffff"),
  reply(getRestartCause, "0401"),
  reply(getBootOption(5), "01058004000000"),
  { name: "boot flags", decode: decodeBootFlags, samples: hex("8004000000", "e008000000") },
  reply(setSessionPrivilege(4), "04"),
];

/** The two checksums of a LAN message (section 13.8) put right. */
function withSums(message: string): string {
  const bytes = Buffer.concat([...hex(message), Buffer.alloc(1)]);
  const sum = (from: number, to: number) => -bytes.subarray(from, to).reduce((a, b) => a + b, 0) & 0xff;
  bytes[2] = sum(0, 2);
  bytes[bytes.length - 1] = sum(3, bytes.length - 1);
  return bytes.toString("hex");
}
