import { decodeCommonHeader, decodeFru } from "../../../../../bare-metal/ipmi/fru/inventory";
import { readRecordHeader, readRecords } from "../../../../../bare-metal/ipmi/fru/multirecord";
import { getFruAreaInfo } from "../../../../../bare-metal/ipmi/messages/fru-area-info";
import { readFruData, writeFruData } from "../../../../../bare-metal/ipmi/messages/fru-data";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";
import { powerSupplyFru, sampleFru, sampleRecords } from "../../../../fixtures/ipmi/fru-image";

const hex = (text: string) => Buffer.from(text, "hex");

/** Every decoder of FRU data; images that ipmitool and ipmi-fru read alike. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "Get FRU Inventory Area Info",
    decode: (bytes) => getFruAreaInfo(0).decode(bytes),
    samples: [hex("900100")],
  },
  {
    name: "Read FRU Data",
    decode: (bytes) => readFruData(0, { offset: 0, count: 8 }, 1).decode(bytes),
    samples: [hex("080100010a1900007b"), hex("0401000104")],
  },
  {
    name: "Write FRU Data",
    decode: (bytes) => writeFruData(0, 0, Buffer.alloc(4)).decode(bytes),
    samples: [hex("04")],
  },
  { name: "FRU common header", decode: decodeCommonHeader, samples: [sampleFru.subarray(0, 8)] },
  { name: "FRU inventory", decode: decodeFru, samples: [sampleFru, powerSupplyFru] },
  { name: "FRU record header", decode: readRecordHeader, samples: sampleRecords },
  { name: "FRU records", decode: readRecords, samples: [Buffer.concat(sampleRecords), ...sampleRecords] },
];
