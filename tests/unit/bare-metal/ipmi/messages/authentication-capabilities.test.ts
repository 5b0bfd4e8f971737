import assert from "node:assert/strict";
import { encodeLanRequest } from "../../../../../bare-metal/ipmi/codec/lan-message";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { encodeSessionless } from "../../../../../bare-metal/ipmi/codec/sessionless";
import {
  decodeAuthenticationCapabilities as decode,
  getAuthenticationCapabilities,
} from "../../../../../bare-metal/ipmi/messages/authentication-capabilities";

describe("Get Channel Authentication Capabilities", () => {
  it("is asked as Metasploit's ipmi_version probe asks", () => {
    const probe = encodeSessionless(encodeLanRequest(getAuthenticationCapabilities(4), 0));
    assert.equal(probe.toString("hex"), "0600ff07000000000000000000092018c88100388e04b5");
  });

  it("reads a BMC of IPMI 2.0, of both, of 1.5 alone", () => {
    const read = (hex: string) => decode(Buffer.from(hex, "hex"));
    assert.deepEqual(read("0180000200000000"), {
      channel: 1,
      ipmi20: true,
      ipmi15: false,
      anonymousLogin: false,
      bmcKeySet: false,
    });
    assert.deepEqual([read("0197040300000000").ipmi20, read("0197040300000000").ipmi15], [true, true]);
    assert.deepEqual([read("011704").ipmi20, read("011704").ipmi15], [false, true]);
  });

  it("reads every bit set", () => {
    const all = decode(Buffer.alloc(8, 0xff));
    assert.ok(all.anonymousLogin && all.bmcKeySet && all.channel === 15);
  });

  it("refuses what is too short", () => {
    for (const length of [0, 1, 2]) assert.throws(() => decode(Buffer.alloc(length)), DecodeError);
  });
});
