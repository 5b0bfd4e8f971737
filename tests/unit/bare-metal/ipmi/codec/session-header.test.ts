import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import {
  decodePacket,
  encodeBarePacket,
  encodeSealedPacket,
  PayloadType,
} from "../../../../../bare-metal/ipmi/codec/session-header";
import { recording } from "../../../../fixtures/ipmi/replay";

const { datagrams } = recording("recorded-suite-3");
const bytes = (n: number) => Buffer.from((datagrams[n] as string).slice(1), "hex");

describe("RMCP+ session header", () => {
  it("encodes an Open Session Request as the recording has it", () => {
    const payload = bytes(0).subarray(16);
    assert.deepEqual(encodeBarePacket(PayloadType.openSessionRequest, payload), bytes(0));
  });

  it("reads a bare packet (recorded from ipmi_sim)", () => {
    const packet = decodePacket(bytes(1), 0);
    assert.equal(packet.payloadType, PayloadType.openSessionResponse);
    assert.deepEqual(
      [packet.encrypted, packet.authenticated, packet.sessionId, packet.sequence],
      [false, false, 0, 0],
    );
    assert.equal(packet.payload.length, 36);
  });

  it("reads back what it sealed, for every length of payload", () => {
    for (let length = 0; length < 40; length += 1) {
      const code = Buffer.alloc(12, 0x5a);
      const payload = Buffer.alloc(length, length);
      const sealed = encodeSealedPacket(PayloadType.ipmi, 0xa1b2c3d4, 0xfffffffe, payload, () => code);
      const packet = decodePacket(sealed, 12);
      assert.deepEqual(packet.payload, payload);
      assert.deepEqual(packet.authCode, code);
      assert.equal(packet.sessionId, 0xa1b2c3d4);
      assert.equal(packet.sequence, 0xfffffffe);
      assert.equal(packet.covered.length % 4, 0, "covered bytes are a multiple of four (section 13.28.4)");
    }
  });

  const refused: Record<string, string> = {
    "nothing at all": "",
    "too short by a byte": "0600ff0706110000000000000000",
    "an IPMI 1.5 packet (Get Channel Authentication Capabilities, IPMI 2.0 section 22.13)":
      "0600ff0700000000000000000010811c632004380001801502000000000048",
    "an RMCP acknowledgement": "0600ff8706110000000000000000000000",
    "another RMCP version": "0500ff070611000000000000000000000000",
    "a payload longer than the datagram": "0600ff07061100000000000000000500aabb",
    "an OEM payload": "0600ff070602000000000000000000000000",
    "a trailer without next header": `0600ff0706c0${"00".repeat(10)}ffff0200${"00".repeat(12)}`,
    "a pad length that does not fit": `0600ff0706c0${"00".repeat(10)}ffff0307${"00".repeat(12)}`,
  };
  for (const [name, hex] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => decodePacket(Buffer.from(hex, "hex"), 12), DecodeError);
    });
  }
});
