import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePong } from "../../../../bare-metal/ipmi/codec/asf";
import { decodeLanReply } from "../../../../bare-metal/ipmi/codec/lan-message";
import { DecodeError } from "../../../../bare-metal/ipmi/codec/reader";
import { decodeSessionless } from "../../../../bare-metal/ipmi/codec/sessionless";
import { decodePacket } from "../../../../bare-metal/ipmi/codec/session-header";
import { decryptPayload } from "../../../../bare-metal/ipmi/crypto/confidentiality";
import { decodeAuthenticationCapabilities } from "../../../../bare-metal/ipmi/messages/authentication-capabilities";
import { decodeBootFlags } from "../../../../bare-metal/ipmi/messages/boot-flags";
import { getBootOption } from "../../../../bare-metal/ipmi/messages/boot-options";
import { getChassisStatus } from "../../../../bare-metal/ipmi/messages/chassis-status";
import { getDeviceId } from "../../../../bare-metal/ipmi/messages/device-id";
import { decodeOpenSession } from "../../../../bare-metal/ipmi/messages/open-session";
import { decodeRakp2, decodeRakp4 } from "../../../../bare-metal/ipmi/messages/rakp";
import { getRestartCause } from "../../../../bare-metal/ipmi/messages/restart-cause";
import { setSessionPrivilege } from "../../../../bare-metal/ipmi/messages/session-privilege";
import { getSystemGuid } from "../../../../bare-metal/ipmi/messages/system-guid";
import { recording } from "../../../fixtures/ipmi/replay";
import { seededRandom } from "../../../fixtures/ipmi/seeded-random";

const KEY = Buffer.alloc(16, 7);

const DECODERS: Record<string, (bytes: Buffer) => unknown> = {
  "presence pong": decodePong,
  "session packet, suite 3": (bytes) => decodePacket(bytes, 12),
  "session packet, suite 17": (bytes) => decodePacket(bytes, 16),
  "LAN message": decodeLanReply,
  "message outside a session": decodeSessionless,
  "encrypted payload": (bytes) => decryptPayload(KEY, bytes),
  "Open Session Response": decodeOpenSession,
  "RAKP Message 2": (bytes) => decodeRakp2(bytes, 32),
  "RAKP Message 4": (bytes) => decodeRakp4(bytes, 16),
  "Get Channel Authentication Capabilities": decodeAuthenticationCapabilities,
  "Get Device ID": (bytes) => getDeviceId.decode(bytes),
  "Get System GUID": (bytes) => getSystemGuid.decode(bytes),
  "Get Chassis Status": (bytes) => getChassisStatus.decode(bytes),
  "Get System Restart Cause": (bytes) => getRestartCause.decode(bytes),
  "Get System Boot Options": (bytes) => getBootOption(5).decode(bytes),
  "boot flags": decodeBootFlags,
  "Set Session Privilege Level": (bytes) => setSessionPrivilege(4).decode(bytes),
};

/** @returns whether the bytes were understood; fails on any error but the typed one */
function understands(decode: (bytes: Buffer) => unknown, bytes: Buffer): boolean {
  const before = Buffer.from(bytes);
  try {
    assert.ok(decode(bytes) !== undefined);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw new Error(`bytes ${bytes.toString("hex")}`, { cause: error });
  } finally {
    assert.ok(bytes.equals(before), "a decoder changes nothing");
  }
}

describe("decoders", () => {
  for (const [name, decode] of Object.entries(DECODERS)) {
    it(`${name}: any bytes yield a value or a DecodeError`, () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 80 }),
          (bytes) => void understands(decode, Buffer.from(bytes)),
        ),
        { numRuns: 1000 },
      );
    });
  }

  it("survive 100,000 mutations of recorded datagrams", () => {
    const seeds = recording("recorded-suite-3").datagrams.map((d) => Buffer.from(d.slice(1), "hex"));
    const random = seededRandom("mutations");
    const decoders = Object.values(DECODERS);
    const understood = new Set<number>();
    for (let n = 0; n < 100_000; n += 1) {
      const which = n % decoders.length;
      const seed = seeds[random(1).readUInt8(0) % seeds.length] as Buffer;
      // Payload decoders see what stands behind the headers.
      const from = which <= 2 ? 0 : 16;
      const packet = mutate(seed.subarray(Math.min(from, seed.length)), random);
      if (understands(decoders[which] as (bytes: Buffer) => unknown, packet)) understood.add(which);
    }
    assert.ok(understood.size >= 8, `only ${understood.size} decoders ever saw something they understand`);
  });
});

/** Turns bits, sets lengths to their extremes, cuts, or repeats a part. */
function mutate(seed: Buffer, random: (count: number) => Buffer): Buffer {
  const [kind = 0, at = 0, value = 0] = random(3);
  const copy = Buffer.from(seed);
  const where = copy.length === 0 ? 0 : at % copy.length;
  switch (kind % 5) {
    case 0:
      if (copy.length > 0) copy[where] = (copy[where] as number) ^ (1 << (value & 7));
      return copy;
    case 1:
      if (copy.length > 0) copy[where] = value & 1 ? 0xff : 0x00;
      return copy;
    case 2:
      return copy.subarray(0, where);
    case 3:
      return Buffer.concat([copy, copy.subarray(where)]);
    default:
      return Buffer.concat([copy.subarray(0, where), random(value % 32), copy.subarray(where)]);
  }
}
