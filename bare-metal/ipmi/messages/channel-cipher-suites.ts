import { readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** A cipher suite as a BMC names it (IPMI 2.0 table 22-18). Algorithms in words, `0x3f` and the like if unknown. */
export interface OfferedSuite {
  readonly id: number;
  /** IANA number of who defined it; undefined for those of table 22-20. */
  readonly oem: number | undefined;
  readonly authentication: string;
  readonly integrity: readonly string[];
  readonly confidentiality: readonly string[];
}

/** Tables 13-17, 13-18 and 13-19. */
const AUTHENTICATION = ["none", "RAKP-HMAC-SHA1", "RAKP-HMAC-MD5", "RAKP-HMAC-SHA256"];
const INTEGRITY = ["none", "HMAC-SHA1-96", "HMAC-MD5-128", "MD5-128", "HMAC-SHA256-128"];
const CONFIDENTIALITY = ["none", "AES-CBC-128", "xRC4-128", "xRC4-40"];

const NAME = "Get Channel Cipher Suites";
const THIS_CHANNEL = 0x0e;
const IPMI_PAYLOAD = 0x00;
const BY_SUITE = 0x80;
const STANDARD = 0xc0;
const OEM = 0xc1;

/** Part of the list of suites: 16 bytes, fewer in the last one. A record may go on in the next part. */
export interface SuitesPart {
  readonly channel: number;
  readonly records: Buffer;
}

/** Get Channel Cipher Suites, IPMI 2.0 section 22.15. Answered without a session. @param index 0 to 63 */
export function getChannelCipherSuites(index: number): Command<SuitesPart> {
  return {
    name: NAME,
    netFn: NetFn.app,
    code: 0x54,
    data: Buffer.from([THIS_CHANNEL, IPMI_PAYLOAD, BY_SUITE | index]),
    decode(data) {
      const reader = readerOf(data, NAME);
      const channel = reader.u8() & 0x0f;
      reader.expect(reader.left <= 16, "more than 16 bytes of records");
      return { channel, records: reader.rest() };
    },
  };
}

/** The records of all parts together. @throws {DecodeError} */
export function decodeSuiteRecords(bytes: Buffer): OfferedSuite[] {
  const reader = readerOf(bytes, "cipher suite records");
  const suites: OfferedSuite[] = [];
  let tag = reader.left > 0 ? reader.u8() : undefined;
  while (tag !== undefined) {
    reader.expect(tag === STANDARD || tag === OEM, "no start of a record");
    const id = reader.u8();
    const oem = tag === OEM ? reader.u24() : undefined;
    const algorithms: [number[], number[], number[]] = [[], [], []];
    tag = undefined;
    while (reader.left > 0 && tag === undefined) {
      const byte = reader.u8();
      const kind = algorithms[byte >> 6];
      if (kind) kind.push(byte & 0x3f);
      else tag = byte;
    }
    const [authentication, integrity, confidentiality] = algorithms;
    suites.push({
      id,
      oem,
      authentication: named(AUTHENTICATION)(authentication[0] ?? 0),
      integrity: integrity.map(named(INTEGRITY)),
      confidentiality: confidentiality.map(named(CONFIDENTIALITY)),
    });
  }
  return suites;
}

function named(names: readonly string[]): (algorithm: number) => string {
  return (algorithm) => names[algorithm] ?? `0x${algorithm.toString(16).padStart(2, "0")}`;
}
