import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { decodeBootFlags, encodeBootFlags } from "../../../../../bare-metal/ipmi/messages/boot-flags";
import { getBootOption } from "../../../../../bare-metal/ipmi/messages/boot-options";
import { getChassisStatus } from "../../../../../bare-metal/ipmi/messages/chassis-status";
import type { Command } from "../../../../../bare-metal/ipmi/messages/command";
import { getDeviceId } from "../../../../../bare-metal/ipmi/messages/device-id";
import { getRestartCause } from "../../../../../bare-metal/ipmi/messages/restart-cause";
import { setSessionPrivilege } from "../../../../../bare-metal/ipmi/messages/session-privilege";
import { getSystemGuid } from "../../../../../bare-metal/ipmi/messages/system-guid";

const decode = <T>(command: Command<T>, hex: string): T => command.decode(Buffer.from(hex, "hex"));

function refusesShorterThan(command: Command<unknown>, hex: string): void {
  for (let length = 0; length < hex.length; length += 2) {
    assert.throws(() => decode(command, hex.slice(0, length)), DecodeError, `${length / 2} bytes`);
  }
}

describe("Get Device ID", () => {
  // ipmi_sim of OpenIPMI 2.0.33 with `mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02`, which
  // `ipmitool mc info` prints as firmware 9.08, IPMI 2.0, manufacturer 4753, product 3842.
  const recorded = "00230908029f911200020f";

  it("reads what ipmi_sim sent", () => {
    const id = decode(getDeviceId, recorded);
    assert.equal(id.firmware, "9.08");
    assert.equal(id.ipmiVersion, "2.0");
    assert.equal(id.deviceRevision, 3);
    assert.equal(id.manufacturerId, 4753);
    assert.equal(id.productId, 3842);
    assert.ok(id.supports.includes("chassis") && !id.supports.includes("bridge"));
    assert.equal(id.auxiliaryFirmware, undefined);
  });

  it("reads every bit set", () => {
    const id = decode(getDeviceId, "ff".repeat(15));
    assert.equal(id.available, false);
    assert.equal(id.manufacturerId, 0xfffff, "the upper four bits are reserved (section 20.1)");
    assert.equal(id.supports.length, 8);
    assert.equal(id.auxiliaryFirmware, "ffffffff");
  });

  it("reads IPMI 1.5, whose digits are swapped (section 20.1: 51h)", () => {
    assert.equal(decode(getDeviceId, recorded.replace("0802", "0851")).ipmiVersion, "1.5");
  });

  it("refuses what is too short", () => refusesShorterThan(getDeviceId, recorded));
});

describe("Get Chassis Status", () => {
  it("reads a machine that is off and says nothing else (ipmi_sim)", () => {
    const status = decode(getChassisStatus, "000000");
    assert.equal(status.power, "off");
    assert.equal(status.restorePolicy, "off");
    assert.deepEqual(status.lastPowerEvent, []);
    assert.equal(status.identify, undefined);
  });

  it("reads every bit set, and the front panel byte", () => {
    const status = decode(getChassisStatus, "ffffffff");
    assert.equal(status.power, "on");
    assert.equal(status.restorePolicy, "unknown");
    assert.equal(status.lastPowerEvent.length, 5);
    assert.equal(status.identify, "reserved");
    assert.ok(status.powerFault && status.powerControlFault && status.coolingFault && status.intrusion);
  });

  it("reads always-on, power fault apart from overload (table 28-3)", () => {
    const status = decode(getChassisStatus, "491040");
    assert.equal(status.restorePolicy, "on");
    assert.deepEqual([status.powerOverload, status.powerFault], [false, true]);
    assert.deepEqual(status.lastPowerEvent, ["on-by-ipmi"]);
    assert.equal(status.identify, "off");
  });

  it("refuses what is too short", () => refusesShorterThan(getChassisStatus, "000000"));
});

describe("Get System GUID", () => {
  it("keeps the bytes as they were sent", () => {
    assert.equal(
      decode(getSystemGuid, "a0102030405060708090a0b0c0d0e0f1"),
      "a0102030405060708090a0b0c0d0e0f1",
    );
  });

  it("refuses what is too short", () => refusesShorterThan(getSystemGuid, "00".repeat(16)));
});

describe("Get System Restart Cause", () => {
  it("reads causes and channel (section 28.11)", () => {
    assert.deepEqual(decode(getRestartCause, "0401"), { cause: "watchdog", channel: 1 });
    assert.deepEqual(decode(getRestartCause, "ffff"), { cause: "reserved", channel: 255 });
  });

  it("refuses what is too short", () => refusesShorterThan(getRestartCause, "0401"));
});

describe("Set Session Privilege Level", () => {
  it("reads the level granted", () => assert.equal(decode(setSessionPrivilege(4), "04"), 4));
  it("refuses what is too short", () => refusesShorterThan(setSessionPrivilege(4), "04"));
});

describe("System Boot Options", () => {
  // Bytes as `ipmitool raw 0 8` is widely told to send them, and table 28-14, parameter 5.
  const vectors: [Parameters<typeof encodeBootFlags>, string][] = [
    [["pxe", true, false], "8004000000"],
    [["pxe", false, false], "c004000000"],
    [["pxe", true, true], "a004000000"],
    [["disk", false, true], "e008000000"],
    [["bios", true, false], "8018000000"],
    [["cdrom", true, false], "8014000000"],
    [["none", true, false], "8000000000"],
  ];
  for (const [args, hex] of vectors) {
    it(`sets ${args[0]}${args[1] ? " once" : ""}${args[2] ? " by UEFI" : ""} as ${hex}, and reads it back`, () => {
      const flags = encodeBootFlags(...args);
      assert.equal(flags.toString("hex"), hex);
      assert.deepEqual(decodeBootFlags(flags), {
        valid: true,
        device: args[0],
        once: args[1],
        uefi: args[2],
      });
    });
  }

  it("reads flags that are not in force", () => {
    assert.deepEqual(decodeBootFlags(Buffer.from("0004000000", "hex")).valid, false);
  });

  it("reads every bit set", () => {
    assert.equal(decodeBootFlags(Buffer.alloc(5, 0xff)).device, "floppy");
  });

  it("tells a parameter that is locked or invalid", () => {
    assert.equal(decode(getBootOption(5), "01850000000000").valid, false);
  });

  it("refuses another parameter, another version, and what is too short", () => {
    assert.throws(() => decode(getBootOption(5), "01040000000000"), DecodeError);
    assert.throws(() => decode(getBootOption(5), "02050000000000"), DecodeError);
    refusesShorterThan(getBootOption(5), "0105");
    assert.throws(() => decodeBootFlags(Buffer.alloc(4)), DecodeError);
  });
});
