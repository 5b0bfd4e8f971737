import assert from "node:assert/strict";
import { DecodeError } from "../../../../../bare-metal/ipmi/codec/reader";
import { Dcmi } from "../../../../../bare-metal/ipmi/dcmi";
import {
  IpmiCompletionError,
  IpmiMalformedReplyError,
  IpmiReadBackError,
} from "../../../../../bare-metal/ipmi/errors";
import { getPowerLimit, setPowerLimit } from "../../../../../bare-metal/ipmi/messages/dcmi-power-limit";
import { getPowerReading } from "../../../../../bare-metal/ipmi/messages/dcmi-power-reading";
import { answeringRunner } from "../../../../fixtures/ipmi/answering-runner";

const bytes = (hex: string) => Buffer.from(hex, "hex");
const LIMIT = "dc0000018a027017000000000200";

describe("DCMI messages", () => {
  it("reads power (table 6-16)", () => {
    assert.deepEqual(getPowerReading().decode(bytes("dc9c016000db028e0180575769e803000040")), {
      current: 412,
      minimum: 96,
      maximum: 731,
      average: 398,
      period: 1000,
      takenAt: { at: "2026-01-02T05:28:32Z", sinceStart: undefined },
      active: true,
    });
  });

  it("asks for averages in the unit that BMCs name (table 6-3, parameter 5)", () => {
    const asked = (seconds?: number) => getPowerReading(seconds).data.toString("hex");
    assert.deepEqual([undefined, 0, 5, 300, 3600, 86400].map(asked), [
      "dc010000",
      "dc020000",
      "dc020500",
      "dc024500",
      "dc028100",
      "dc02c100",
    ]);
  });

  it("reads a limit that is in force, one that is not, and none (table 6-17)", () => {
    const limit = { watts: 650, correctionTime: 6000, samplingPeriod: 2, action: "power-off" };
    assert.deepEqual(getPowerLimit.decode(bytes(LIMIT)), { ...limit, active: true });
    assert.deepEqual(getPowerLimit.decode(bytes(LIMIT), 0x80), { ...limit, active: false });
    assert.equal(getPowerLimit.decode(bytes("dc"), 0x80), undefined);
  });

  it("tells actions of vendors from reserved ones", () => {
    const action = (code: string) =>
      getPowerLimit.decode(bytes(LIMIT.replace("dc000001", `dc0000${code}`)))?.action;
    assert.deepEqual(["00", "01", "11", "02", "10", "12"].map(action), [
      "none",
      "power-off",
      "log",
      "oem",
      "oem",
      "reserved",
    ]);
  });

  it("sets a limit byte by byte (table 6-18)", () => {
    const limit = { watts: 650, correctionTime: 6000, samplingPeriod: 2, action: "power-off" } as const;
    assert.equal(setPowerLimit(limit).data.toString("hex"), "dc000000018a027017000000000200");
  });

  it("refuses another group's answer, and what is too short", () => {
    assert.throws(() => getPowerReading().decode(bytes("009c016000db028e0180575769e803000040")), DecodeError);
    for (let length = 0; length < 18; length += 1) {
      assert.throws(() => getPowerReading().decode(Buffer.alloc(length, 0xdc)), DecodeError);
    }
  });
});

describe("DCMI on firmware that misbehaves", () => {
  it("ends a text of which no more comes", async () => {
    const runner = answeringRunner(({ data }) => (data[1] === 0 ? `dc28${"41".repeat(16)}` : "dc28"));
    await assert.rejects(new Dcmi(runner).assetTag(), IpmiMalformedReplyError);
    assert.equal(runner.requests.length, 2);
  });

  it("reads a tag whose encoding in FRU data is not Latin 1, which comes with a code of its own", async () => {
    const runner = answeringRunner(() => ({ completion: 0x82, hex: "dc0449542d31" }));
    assert.equal(await new Dcmi(runner).assetTag(), "IT-1");
    const refused = new Dcmi(answeringRunner(() => 0xc1)).assetTag();
    await assert.rejects(refused, IpmiCompletionError);
  });

  it("never asks past the 63 bytes that a tag may have", async () => {
    const runner = answeringRunner(({ data }) => `dc3f${"41".repeat(data[2] as number)}`);
    assert.equal((await new Dcmi(runner).assetTag()).length, 63);
    for (const { data } of runner.requests) assert.ok((data[1] as number) + (data[2] as number) <= 63);
  });

  it("tells a limit and a tag that the BMC does not keep", async () => {
    const forgetful = answeringRunner(({ code }) => (code === 0x03 ? LIMIT : "dc"));
    await assert.rejects(new Dcmi(forgetful).limitPower({ watts: 500 }), IpmiReadBackError);
    await assert.rejects(new Dcmi(forgetful).unlimitPower(), IpmiReadBackError);
    const deaf = answeringRunner(({ code }) => (code === 0x06 ? "dc00" : "dc03"));
    await assert.rejects(new Dcmi(deaf).setAssetTag("new"), IpmiReadBackError);
  });
});
