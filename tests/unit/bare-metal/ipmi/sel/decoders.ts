import { clearSel } from "../../../../../bare-metal/ipmi/messages/clear-sel";
import { reserveSel } from "../../../../../bare-metal/ipmi/messages/reserve-sel";
import { getSelAllocationInfo } from "../../../../../bare-metal/ipmi/messages/sel-allocation-info";
import { addSelEntry, deleteSelEntry, getSelEntry } from "../../../../../bare-metal/ipmi/messages/sel-entry";
import { getSelInfo } from "../../../../../bare-metal/ipmi/messages/sel-info";
import { getSelTime, getSelTimeUtcOffset } from "../../../../../bare-metal/ipmi/messages/sel-time";
import { eventOf } from "../../../../../bare-metal/ipmi/sel/event";
import { decodeSelRecord } from "../../../../../bare-metal/ipmi/sel/records";
import type { DecoderUnderTest } from "../../../../fixtures/ipmi/decoder-tables";

const hex = (...samples: string[]) => samples.map((text) => Buffer.from(text, "hex"));
const EVENT = "010002a5355769200004013001595a50";

/** Every decoder of the event log; records as ipmi_sim of OpenIPMI 2.0.33 keeps them. */
export const decoders: readonly DecoderUnderTest[] = [
  {
    name: "SEL record",
    decode: (bytes) => eventOf(decodeSelRecord(bytes)),
    samples: hex(EVENT, "0200c0a5355769570100010203040506", "0300e0000102030405060708090a0b0c"),
  },
  {
    name: "Get SEL Info",
    decode: (bytes) => getSelInfo.decode(bytes),
    samples: hex("510300503ea5355769000000000a"),
  },
  {
    name: "Get SEL Allocation Info",
    decode: (bytes) => getSelAllocationInfo.decode(bytes),
    samples: hex("e8031000e503e50301"),
  },
  { name: "Reserve SEL", decode: (bytes) => reserveSel.decode(bytes), samples: hex("0100") },
  { name: "Get SEL Entry", decode: (bytes) => getSelEntry(1).decode(bytes), samples: hex(`0200${EVENT}`) },
  {
    name: "Add SEL Entry",
    decode: (bytes) => addSelEntry(Buffer.alloc(16)).decode(bytes),
    samples: hex("0100"),
  },
  { name: "Delete SEL Entry", decode: (bytes) => deleteSelEntry(1, 1).decode(bytes), samples: hex("0100") },
  { name: "Clear SEL", decode: (bytes) => clearSel(1, "status").decode(bytes), samples: hex("01", "00") },
  { name: "Get SEL Time", decode: (bytes) => getSelTime.decode(bytes), samples: hex("a5355769") },
  {
    name: "Get SEL Time UTC Offset",
    decode: (bytes) => getSelTimeUtcOffset.decode(bytes) ?? "unspecified",
    samples: hex("20fe", "ff07"),
  },
];
