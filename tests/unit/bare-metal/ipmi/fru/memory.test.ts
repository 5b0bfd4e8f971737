import assert from "node:assert/strict";
import { IpmiMalformedReplyError, IpmiReadBackError } from "../../../../../bare-metal/ipmi/errors";
import { Fru } from "../../../../../bare-metal/ipmi/fru";
import { answeringRunner, type Request } from "../../../../fixtures/ipmi/answering-runner";
import { fruImage, sampleFru, sampleRecords } from "../../../../fixtures/ipmi/fru-image";

const INFO = 0x10;
const READ = 0x11;
const WRITE = 0x12;

const word = (number: number) => Buffer.from([number & 0xff, number >> 8]).toString("hex");
const range = ({ data }: Request) => ({ offset: data.readUInt16LE(1), count: data[3] as number });

/** A BMC with one FRU, read by bytes. @param most bytes that it sends at once */
function bmc(memory: Buffer, most = 255) {
  return answeringRunner((request) => {
    if (request.code === INFO) return `${word(memory.length)}00`;
    const { offset, count } = range(request);
    if (request.code !== READ) return 0xc1;
    if (count > most) return 0xca;
    const piece = memory.subarray(offset, offset + count);
    return `${piece.length.toString(16).padStart(2, "0")}${piece.toString("hex")}`;
  });
}

describe("FRU memory", () => {
  it("is read in the largest pieces that the BMC sends", async () => {
    const runner = bmc(sampleFru, 32);
    assert.deepEqual(await new Fru(runner).dump(), sampleFru);
    assert.equal(
      runner.requests.length,
      1 + 1 + Math.ceil(sampleFru.length / 32),
      "info, a refusal, the pieces",
    );
  });

  it("that is large is read as far as it is used", async () => {
    const memory = Buffer.concat([sampleFru, Buffer.alloc(60_000, 0xff)]);
    const runner = bmc(memory);
    const { product, records } = await new Fru(runner).read();
    assert.equal(product?.serialNumber, "PSN-7");
    assert.equal(records.length, sampleRecords.length);
    assert.ok(runner.requests.length < 30, `${runner.requests.length} requests`);
  });

  it("that is large and without a last record is read to the first that is none", async () => {
    const memory = Buffer.concat([
      fruImage({ records: sampleRecords.slice(0, 2) }),
      Buffer.alloc(60_000, 0xff),
    ]);
    const runner = bmc(memory);
    assert.equal((await new Fru(runner).read()).records.length, 2);
    assert.ok(runner.requests.length < 20, `${runner.requests.length} requests`);
  });

  it("ends with a typed error on a BMC that returns nothing, or more than was asked for", async () => {
    for (const answer of ["00", "02c0ffee"]) {
      const runner = answeringRunner(({ code }) => (code === INFO ? "010000" : answer));
      await assert.rejects(new Fru(runner).dump(), IpmiMalformedReplyError);
      assert.equal(runner.requests.length, 2);
    }
  });

  it("ends with the BMC's own error when no piece is small enough", async () => {
    const runner = bmc(sampleFru, 0);
    await assert.rejects(new Fru(runner).dump(), { name: "IpmiCompletionError", code: 0xca });
    assert.equal(runner.requests.length, 1 + 4, "64, 32, 16 and 8 bytes");
  });

  it("that was never written is named for one device and kept from no other", async () => {
    const runner = bmc(Buffer.alloc(64, 0xff));
    await assert.rejects(new Fru(runner).read(), IpmiMalformedReplyError);
    const [reading] = await new Fru(runner).readAll();
    assert.match(reading?.problem ?? "", /format version 15/);
  });

  it("that takes no write is told by reading back", async () => {
    const runner = answeringRunner((request) => {
      if (request.code === INFO) return "200000";
      if (request.code === WRITE) return (request.data.length - 3).toString(16).padStart(2, "0");
      const { count } = range(request);
      return `${count.toString(16).padStart(2, "0")}${"00".repeat(count)}`;
    });
    await assert.rejects(new Fru(runner).write(0, 0, Buffer.from("text")), IpmiReadBackError);
    const none = answeringRunner(({ code }) => (code === INFO ? "200000" : "00"));
    await assert.rejects(new Fru(none).write(0, 0, Buffer.from("text")), IpmiMalformedReplyError);
  });
});
