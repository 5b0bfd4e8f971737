import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { timestampOf } from "../../../../../bare-metal/ipmi/codec/timestamp";
import { getSelInfo } from "../../../../../bare-metal/ipmi/messages/sel-info";
import { getSelTimeUtcOffset, setSelTimeUtcOffset } from "../../../../../bare-metal/ipmi/messages/sel-time";
import { eventOf } from "../../../../../bare-metal/ipmi/sel/event";
import { decodeSelRecord } from "../../../../../bare-metal/ipmi/sel/records";

const bytes = (hex: string) => Buffer.from(hex, "hex");
const said = (hex: string) => eventOf(decodeSelRecord(bytes(hex)));

describe("SEL records", () => {
  it("reads a system event as ipmi_sim keeps it (ipmitool: Temperature #0x30, Upper Critical going high)", () => {
    const record = decodeSelRecord(bytes("010002a5355769200004013001595a50"));
    assert.equal(record.kind, "system");
    assert.deepEqual(record, {
      kind: "system",
      id: 1,
      type: 2,
      timestamp: { at: "2026-01-02T03:04:05Z", sinceStart: undefined },
      generator: { kind: "controller", address: 0x20, lun: 0, channel: 0 },
      messageVersion: 4,
      sensorType: 1,
      sensorNumber: 0x30,
      eventType: 1,
      asserted: true,
      data: [0x59, 0x5a, 0x50],
    });
  });

  it("tells software from controllers, with LUN and channel (table 32-1)", () => {
    const generator = (first: string) => {
      const record = decodeSelRecord(bytes(`01000200000000${first}04013001595a50`));
      return record.kind === "system" ? record.generator : undefined;
    };
    assert.deepEqual(generator("4170"), { kind: "software", address: 0x20, lun: 0, channel: 7 });
    assert.deepEqual(generator("8213"), { kind: "controller", address: 0x82, lun: 3, channel: 1 });
  });

  it("reads vendors' records with and without a time, and types that nobody defined (tables 32-2, 32-3)", () => {
    const stamped = decodeSelRecord(bytes("0200c0a5355769570100010203040506"));
    assert.ok(stamped.kind === "oem-timestamped");
    assert.equal(stamped.manufacturerId, 343);
    assert.equal(stamped.data.toString("hex"), "010203040506");
    const plain = decodeSelRecord(bytes("0300e0000102030405060708090a0b0c"));
    assert.ok(plain.kind === "oem");
    assert.equal(plain.data.length, 13);
    assert.equal(decodeSelRecord(bytes("030004a53557695701000102030405ff")).kind, "other");
  });

  it("reads every bit set", () => assert.equal(decodeSelRecord(bytes("ff".repeat(16))).kind, "oem"));

  it("refuses what has not 16 bytes", () => {
    for (const length of [0, 1, 2, 3, 7, 15, 17]) {
      assert.throws(() => decodeSelRecord(Buffer.alloc(length, 2)), DecodeError, `${length} bytes`);
      assert.throws(() => decodeSelRecord(Buffer.alloc(length, 0xe0)), DecodeError, `${length} bytes`);
    }
  });
});

describe("times of IPMI (section 37)", () => {
  it("tells seconds since the start, times, and none", () => {
    assert.deepEqual(timestampOf(0), { at: undefined, sinceStart: 0 });
    assert.deepEqual(timestampOf(0x20000000), { at: undefined, sinceStart: 0x20000000 });
    assert.deepEqual(timestampOf(0x20000001), { at: "1987-01-05T18:48:33Z", sinceStart: undefined });
    assert.deepEqual(timestampOf(0xfffffffe), { at: "2106-02-07T06:28:14Z", sinceStart: undefined });
    assert.deepEqual(timestampOf(0xffffffff), { at: undefined, sinceStart: undefined });
  });
});

describe("events in words", () => {
  it("leaves out a reading and threshold that the BMC does not tell (table 29-6)", () => {
    assert.equal(
      said("010002a53557692000040130010950ff").description,
      "Upper Critical - going high asserted",
    );
    assert.equal(
      said("010002a53557692000040130015950ff").description,
      "Upper Critical - going high asserted, raw reading 80",
    );
  });

  it("says previous state and severity of a discrete event", () => {
    // Event data 2: severity in the upper half, previous state in the lower; Fh is none.
    assert.equal(
      said("010002a535576920000409600b4320ff").description,
      "Non-redundant: Sufficient Resources from Redundant asserted, severity Transition to Critical from less severe, previously Fully Redundant",
    );
    assert.doesNotMatch(said("010002a535576920000409600b43ffff").description, /severity|previously/);
  });

  it("says a power supply's configuration error and a slot's kind and number (table 42-3)", () => {
    assert.match(said("010002a535576920000408516f36ff03").description, /, power rating mismatch$/);
    assert.match(said("010002a535576920000421516ff00905").description, /, PCI Express, number 5$/);
  });

  it("does not take a vendor's bytes for an extension", () => {
    assert.match(said("010002a535576920000408516fa60103").description, /, OEM data 2 0x01, OEM data 3 0x03$/);
  });

  it("calls the end of a state no fault", () => {
    assert.equal(said("010002a535576920000408516f01ffff").health, "critical");
    assert.equal(said("010002a53557692000040851ef01ffff").health, "ok");
  });
});

describe("Get SEL Info", () => {
  it("reads what ipmi_sim sent", () => {
    assert.deepEqual(getSelInfo.decode(bytes("510300503ea5355769000000000a")), {
      version: "1.5",
      entries: 3,
      freeBytes: 15952,
      lastAdded: { at: "2026-01-02T03:04:05Z", sinceStart: undefined },
      lastErased: { at: undefined, sinceStart: 0 },
      overflow: false,
      supports: ["reserve", "delete"],
    });
  });

  it("reads every bit set, and refuses what is too short", () => {
    const info = getSelInfo.decode(Buffer.alloc(14, 0xff));
    assert.deepEqual([info.overflow, info.supports.length], [true, 4]);
    for (let length = 0; length < 14; length += 1) {
      assert.throws(() => getSelInfo.decode(Buffer.alloc(length)), DecodeError);
    }
  });
});

describe("SEL Time UTC Offset (sections 31.11a, 31.11b)", () => {
  it("keeps signed minutes and `unspecified` apart", () => {
    for (const minutes of [0, 60, -480, 1440, -1440, undefined]) {
      assert.equal(getSelTimeUtcOffset.decode(setSelTimeUtcOffset(minutes).data), minutes);
    }
    assert.equal(getSelTimeUtcOffset.decode(bytes("ff07")), undefined);
  });
});
