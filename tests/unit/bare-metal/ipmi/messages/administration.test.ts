import assert from "node:assert/strict";
import { encodeLanRequest } from "../../../../../bare-metal/ipmi/codec/lan-message";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { decodeIpv6Address } from "../../../../../bare-metal/ipmi/lan/ipv6";
import {
  decodeSuites,
  decodeVlan,
  encodeSuitePrivileges,
  encodeVlan,
} from "../../../../../bare-metal/ipmi/lan/values";
import { getChannelAccess, setChannelAccess } from "../../../../../bare-metal/ipmi/messages/channel-access";
import { decodeSuiteRecords } from "../../../../../bare-metal/ipmi/messages/channel-cipher-suites";
import { getChannelInfo } from "../../../../../bare-metal/ipmi/messages/channel-info";
import { setLanParameter } from "../../../../../bare-metal/ipmi/messages/lan-parameters";
import {
  activatePayload,
  getPayloadInstance,
  getPayloadStatus,
} from "../../../../../bare-metal/ipmi/messages/payload-activation";
import { getSessionInfo } from "../../../../../bare-metal/ipmi/messages/session-info";
import { getUserAccess, setUserAccess } from "../../../../../bare-metal/ipmi/messages/user-access";
import { getUserName, setUserName } from "../../../../../bare-metal/ipmi/messages/user-name";
import { setUserEnabled, setUserPassword } from "../../../../../bare-metal/ipmi/messages/user-password";
import { setUserPayloadAccess } from "../../../../../bare-metal/ipmi/messages/user-payload-access";
import { decoders as lan } from "../lan/decoders";
import { decoders as session } from "../session/decoders";
import { decoders as sol } from "../sol/decoders";
import { decoders as users } from "../users/decoders";

const bytes = (hex: string) => Buffer.from(hex, "hex");

describe("replies of administration", () => {
  for (const { name, decode, samples } of [...users, ...lan, ...sol, ...session]) {
    it(`${name}: reads what a BMC sent, and refuses nothing at all`, () => {
      for (const sample of samples) decode(sample);
      // An empty list of suites is one.
      if (name !== "cipher suite records") assert.throws(() => decode(Buffer.alloc(0)), DecodeError);
    });
  }
});

describe("User Access", () => {
  it("reads what ipmi_sim and goipmi-server sent (section 22.27)", () => {
    const sim = getUserAccess(14, 2).decode(bytes("3f010014"));
    assert.deepEqual(sim, {
      slots: 63,
      enabledUsers: 1,
      fixedNames: 0,
      enabled: undefined,
      callbackOnly: false,
      linkAuthentication: false,
      ipmiMessaging: true,
      privilege: "administrator",
    });
    const go = getUserAccess(14, 2).decode(bytes("3f420114"));
    assert.deepEqual([go.enabled, go.enabledUsers, go.fixedNames], [true, 2, 1]);
  });

  it("reads every bit set, and no access", () => {
    const all = getUserAccess(14, 2).decode(bytes("ffffffff"));
    assert.deepEqual([all.slots, all.fixedNames, all.privilege, all.enabled], [63, 63, "none", undefined]);
    assert.ok(all.callbackOnly && all.linkAuthentication && all.ipmiMessaging);
    assert.equal(getUserAccess(14, 2).decode(bytes("3f800000")).enabled, false);
  });

  it("sets what is given, and leaves the limit on sessions (section 22.26)", () => {
    const access = {
      callbackOnly: false,
      linkAuthentication: false,
      ipmiMessaging: true,
      privilege: "operator",
    } as const;
    assert.equal(setUserAccess(1, 3, access).data.toString("hex"), "910303");
  });
});

describe("User Name and User Password", () => {
  it("reads and writes 16 bytes", () => {
    const name = getUserName(2);
    assert.equal(name.decode(bytes("6c65637465726e000000000000000000")), "lectern");
    assert.equal(name.decode(Buffer.from("sixteen-letters!")), "sixteen-letters!");
    assert.equal(name.decode(Buffer.alloc(16, 0xff)), "");
    assert.equal(setUserName(3, "ada").data.toString("hex"), `03616461${"00".repeat(13)}`);
    assert.throws(() => name.decode(Buffer.alloc(15)), DecodeError);
  });

  it("sends 16 and 20 bytes, and marks the longer (section 22.30)", () => {
    assert.equal(
      setUserPassword(3, Buffer.from("secret"), 16).data.toString("hex"),
      `0302736563726574${"00".repeat(10)}`,
    );
    const long = setUserPassword(3, Buffer.from("secret"), 20);
    assert.equal(long.data.toString("hex"), `8302736563726574${"00".repeat(14)}`);
    assert.equal(long.secret, true);
    assert.deepEqual([...setUserEnabled(3, true).data, ...setUserEnabled(3, false).data], [3, 1, 3, 0]);
  });

  it("leaves the request in one buffer, which can be wiped", () => {
    const command = setUserPassword(2, Buffer.from("p"), 16);
    const request = encodeLanRequest(command, 5);
    assert.equal(request.length, command.data.length + 7);
    assert.notEqual(request.buffer, command.data.buffer);
  });

  it("allows and forbids serial over LAN (section 24.6)", () => {
    assert.equal(setUserPayloadAccess(14, 2, true).data.toString("hex"), "0e0202000000");
    assert.equal(setUserPayloadAccess(14, 2, false).data.toString("hex"), "0e4202000000");
  });
});

describe("LAN parameters and channels", () => {
  it("reads a channel's suites with their limits, half byte by half byte (table 23-4, 23 and 24)", () => {
    const suites = decodeSuites(3, bytes("0003110c00"), bytes("0034020000000000 00".replace(" ", "")));
    assert.deepEqual(suites, [
      { suite: 3, privilege: "administrator" },
      { suite: 17, privilege: "operator" },
      { suite: 12, privilege: "user" },
    ]);
    assert.equal(encodeSuitePrivileges(suites).toString("hex"), "003402000000000000");
    assert.throws(() => decodeSuites(17, Buffer.alloc(17), Buffer.alloc(9)), DecodeError);
  });

  it("reads and writes a VLAN", () => {
    for (const id of [1, 42, 4094, undefined]) assert.equal(decodeVlan(encodeVlan(id)), id);
    assert.equal(encodeVlan(42).toString("hex"), "2a80");
  });

  it("reads an IPv6 address, and no address out of an unused place (parameter 56)", () => {
    assert.deepEqual(decodeIpv6Address(bytes("008020010db80000000000000000000000074000")), {
      address: "2001:0db8:0000:0000:0000:0000:0000:0007",
      prefix: 64,
      source: "static",
      active: true,
    });
    assert.equal(decodeIpv6Address(Buffer.alloc(20)), undefined);
    assert.throws(() => decodeIpv6Address(Buffer.alloc(20, 0xff)), DecodeError);
  });

  it("takes the community string for a secret, and an address for none", () => {
    assert.equal(setLanParameter(1, 16, Buffer.alloc(18)).secret, true);
    assert.equal(setLanParameter(1, 3, Buffer.alloc(4)).secret, undefined);
  });

  it("reads a channel as ipmi_sim has it", () => {
    assert.deepEqual(getChannelInfo(14).decode(bytes("01040181f21b000000")), {
      channel: 1,
      medium: "802.3 LAN",
      protocol: 1,
      sessions: "multiple",
      activeSessions: 1,
      vendor: 7154,
    });
    assert.equal(getChannelInfo(14).decode(Buffer.alloc(9, 0xff)).medium, "OEM");
  });

  it("writes the access that it read", () => {
    for (const copy of ["active", "stored"] as const) {
      const access = {
        mode: "shared",
        alerting: false,
        perMessageAuthentication: true,
        userLevelAuthentication: false,
        privilege: "operator",
      } as const;
      const { data } = setChannelAccess(1, copy, access);
      assert.equal(data.toString("hex"), copy === "active" ? "01ab83" : "016b43");
      assert.deepEqual(getChannelAccess(1, copy).decode(data.subarray(1)), access);
    }
  });
});

describe("Get Session Info and Get Channel Cipher Suites", () => {
  it("reads a session with the address of its console (goipmi-server)", () => {
    assert.deepEqual(getSessionInfo().decode(bytes("0204010204117f0000010000000000002ecd")), {
      handle: 2,
      possible: 4,
      active: 1,
      session: {
        user: 2,
        privilege: "administrator",
        protocol: "ipmi-2.0",
        channel: 1,
        console: { address: "127.0.0.1", mac: "00:00:00:00:00:00", port: 52526 },
      },
    });
    assert.equal(getSessionInfo(9).decode(bytes("003f02")).session, undefined);
  });

  it("reads records of the specification and of vendors (table 22-18)", () => {
    assert.deepEqual(decodeSuiteRecords(bytes("c011034481c1805701000341444481")), [
      {
        id: 17,
        oem: undefined,
        authentication: "RAKP-HMAC-SHA256",
        integrity: ["HMAC-SHA256-128"],
        confidentiality: ["AES-CBC-128"],
      },
      {
        id: 0x80,
        oem: 343,
        authentication: "RAKP-HMAC-SHA256",
        integrity: ["HMAC-SHA1-96", "HMAC-SHA256-128", "HMAC-SHA256-128"],
        confidentiality: ["AES-CBC-128"],
      },
    ]);
    assert.deepEqual(decodeSuiteRecords(Buffer.alloc(0)), []);
    for (const broken of ["11", "c0", "c101"])
      assert.throws(() => decodeSuiteRecords(bytes(broken)), DecodeError);
  });
});

describe("payload activation", () => {
  it("always asks for encryption and authentication", () => {
    assert.equal(activatePayload(1, 1).data.toString("hex"), "0101c0000000");
  });

  it("reads which instances are active", () => {
    assert.deepEqual(getPayloadStatus(1).decode(bytes("0f0180")), { capacity: 15, active: [1, 16] });
  });

  it("reads which session has an instance", () => {
    const { data, decode } = getPayloadInstance(1, 1);
    assert.equal(data.toString("hex"), "0101");
    assert.deepEqual(decode(bytes("78563412")), { session: 0x12345678 });
    assert.throws(() => decode(bytes("785634")), DecodeError);
  });
});
