import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError, readerOf } from "../../../../../bare-metal/ipmi/codec/reader";
import { readField } from "../../../../../bare-metal/ipmi/fru/field";
import { decodeFru } from "../../../../../bare-metal/ipmi/fru/inventory";
import {
  field,
  fruImage,
  infoArea,
  record,
  sampleFru,
  sampleRecords,
} from "../../../../fixtures/ipmi/fru-image";

const read = (bytes: Buffer, characters: "latin1" | "unicode" = "latin1") =>
  readField(readerOf(bytes, "field"), characters);

describe("FRU fields (FRU definition, section 13)", () => {
  it("unpacks the definition's own example of 6-bit ASCII", () => {
    assert.equal(read(Buffer.from("8329dca6", "hex")), "IPMI");
  });

  it("reads BCD plus with the most significant digit first", () => {
    assert.equal(read(Buffer.from("4412b34c56", "hex")), "12-34.56");
  });

  it("reads binary data as hex, Latin 1 in English, UTF-16 in other languages", () => {
    assert.equal(read(field.binary("00c0ff")), "00c0ff");
    assert.equal(read(field.latin1("Größe")), "Größe");
    assert.equal(read(field.utf16("机架"), "unicode"), "机架");
  });

  it("ends at C1h and at the area's end", () => {
    assert.equal(read(Buffer.of(0xc1)), undefined);
    assert.equal(read(Buffer.alloc(0)), undefined);
    assert.equal(read(Buffer.of(0xc0)), "");
  });

  it("refuses a length that goes past the area", () => {
    assert.throws(() => read(Buffer.from("c54142", "hex")), DecodeError);
  });

  it("gives back what was packed", () => {
    const sixBit = fc.stringMatching(/^[!-_]{4,40}$/).filter((text) => text.length % 4 === 0);
    fc.assert(fc.property(sixBit, (text) => assert.equal(read(field.sixBit(text)), text)));
    const latin1 = fc.stringMatching(/^[!-~¡-ÿ]{2,40}$/);
    fc.assert(fc.property(latin1, (text) => assert.equal(read(field.latin1(text)), text)));
    const digits = fc.stringMatching(/^([0-9][0-9.-]){1,20}$/);
    fc.assert(fc.property(digits, (text) => assert.equal(read(field.bcdPlus(text)), text)));
  });
});

describe("FRU records (FRU definition, section 18)", () => {
  const { records, faults } = decodeFru(fruImage({ records: sampleRecords }));

  it("are read without faults", () => {
    assert.deepEqual(faults, []);
    assert.deepEqual(
      records.map(({ kind }) => kind),
      [
        "power-supply",
        "dc-output",
        "dc-load",
        "management-access",
        "management-access",
        "base-compatibility",
        "dc-output",
        "oem",
      ],
    );
  });

  it("read combined wattage as in section 18.1.14: 23h 78h 00h is 120 W of 5 V and 3.3 V", () => {
    const supply = records[0];
    assert.ok(supply?.kind === "power-supply");
    assert.deepEqual(supply.combined, { volts: ["5 V", "3.3 V"], watts: 120 });
    assert.deepEqual(supply.predictiveFailure, { signal: "tachometer", pulsesPerRotation: 2, threshold: 25 });
  });

  it("read nominal voltages as in section 18.2.2: 014Ah is 3.3 V, FB50h is -12 V", () => {
    assert.ok(records[1]?.kind === "dc-output" && records[2]?.kind === "dc-load");
    assert.deepEqual([records[1].nominalVolts, records[2].nominalVolts], [3.3, -12]);
  });

  it("read currents of extended records in their own unit (section 18.2a)", () => {
    assert.ok(records[6]?.kind === "dc-output");
    assert.deepEqual([records[6].maximumCurrent, records[6].standby, records[6].output], [100, true, 1]);
    const tenMilliamperes = Buffer.from("01b0049204ce0478000000e803", "hex");
    const [output] = decodeFru(fruImage({ records: [record(0x09, tenMilliamperes, true)] })).records;
    assert.ok(output?.kind === "dc-output");
    assert.equal(output.maximumCurrent, 10);
  });

  it("read the example of management access (table 18-7)", () => {
    assert.deepEqual(records.slice(3, 5), [
      { kind: "management-access", of: "system-url", value: "http://finance.sc.hp.com:280" },
      { kind: "management-access", of: "system-name", value: "Finance Server 2" },
    ]);
  });

  it("read the example of code range masks (section 18.6.1)", () => {
    assert.ok(records[5]?.kind === "base-compatibility");
    assert.deepEqual(records[5].codes, [10, 11, 12, 13, 14, 15, 16, 22, 23]);
  });

  it("say what is not specified", () => {
    const bytes = Buffer.from(`ff0fffffff00${"00".repeat(8)}00000000ffff00000000`, "hex");
    const [supply] = decodeFru(fruImage({ records: [record(0x00, bytes, true)] })).records;
    assert.ok(supply?.kind === "power-supply");
    assert.deepEqual(
      [supply.capacity, supply.peakVoltAmperes, supply.inrushCurrent, supply.peak, supply.combined],
      [4095, undefined, undefined, undefined, undefined],
    );
    assert.deepEqual([supply.inputVolts, supply.predictiveFailure], [[], undefined]);
  });
});

describe("FRU data as factories write it", () => {
  const product = infoArea([0], [field.latin1("Maker"), field.latin1("Thing")]);

  it("is refused without a common header, and where its checksum is wrong", () => {
    assert.throws(() => decodeFru(Buffer.alloc(256, 0xff)), DecodeError);
    assert.throws(() => decodeFru(Buffer.alloc(256)), DecodeError);
    const image = fruImage({ product });
    image[7] = (image[7] as number) ^ 1;
    assert.throws(() => decodeFru(image), /FRU common header: wrong checksum/);
  });

  it("is read in spite of an area's wrong checksum, which is told", () => {
    const image = fruImage({ product });
    image[image.length - 1] = (image[image.length - 1] as number) ^ 1;
    const fru = decodeFru(image);
    assert.equal(fru.product?.product, "Thing");
    assert.deepEqual(fru.faults, ["product area: wrong checksum"]);
  });

  it("keeps the other areas when one breaks off", () => {
    const board = infoArea([0, 0, 0, 0], [field.latin1("Board maker")]);
    const image = fruImage({ board, product });
    image[8 + 6] = 0xff;
    const fru = decodeFru(image);
    assert.equal(fru.board, undefined);
    assert.equal(fru.product?.manufacturer, "Maker");
    assert.match(fru.faults.join(), /board area: too short/);
  });

  it("names an area that points past the memory's end", () => {
    const image = fruImage({ product });
    assert.match(decodeFru(image.subarray(0, 9)).faults.join(), /product area: too short/);
    assert.match(
      decodeFru(image.subarray(0, 16)).faults.join(),
      /product area: longer than the FRU's memory/,
    );
  });

  it("keeps the records before one whose header is wrong, and those after one that is too short", () => {
    const [supply, output, load] = sampleRecords as [Buffer, Buffer, Buffer];
    const broken = Buffer.from(output);
    broken[4] = 0;
    const cut = decodeFru(fruImage({ records: [supply, broken, load] }));
    assert.deepEqual([cut.records.length, cut.faults], [1, ["record 2: wrong checksum of its header"]]);
    const short = decodeFru(
      fruImage({ records: [supply, record(0x01, Buffer.alloc(3)), record(0x03, Buffer.of(2), true)] }),
    );
    assert.equal(short.records.length, 2);
    assert.match(short.faults.join(), /record 2: too short/);
  });

  it("ends at memory that was never written, though its checksum is right", () => {
    const image = Buffer.concat([fruImage({ records: [record(0xc0, Buffer.alloc(4))] }), Buffer.alloc(64)]);
    const { records, faults } = decodeFru(image);
    assert.deepEqual([records.length, faults], [1, ["record 2: empty"]]);
  });

  it("yields a value or a DecodeError wherever the memory is cut or changed", () => {
    fc.assert(
      fc.property(
        fc.nat(sampleFru.length - 1),
        fc.nat(255),
        fc.nat(sampleFru.length),
        (at, value, length) => {
          const image = Buffer.from(sampleFru);
          image[at] = value;
          try {
            decodeFru(image.subarray(0, length));
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
