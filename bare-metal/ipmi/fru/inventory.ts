import { type Reader, readerOf } from "../codec/reader";
import { collectingFaults } from "./faults";
import { checksumOf, openInfoArea } from "./info-area";
import {
  type BoardInfo,
  type ChassisInfo,
  type ProductInfo,
  readBoardInfo,
  readChassisInfo,
  readProductInfo,
} from "./info-areas";
import { type FruRecord, readRecords } from "./multirecord";

/** What a part says of itself. Sections are those of the FRU Information Storage Definition v1.0, revision 1.3. */
export interface FruInventory {
  readonly chassis: ChassisInfo | undefined;
  readonly board: BoardInfo | undefined;
  readonly product: ProductInfo | undefined;
  readonly records: readonly FruRecord[];
  /**
   * What is wrong with the data, a sentence each. An area with a wrong checksum is read all the same, one that
   * breaks off is left out: many a factory writes them carelessly.
   */
  readonly faults: readonly string[];
}

/** Where the areas begin, in bytes; undefined for those that are not there (section 8). */
export interface CommonHeader {
  readonly internalUse: number | undefined;
  readonly chassis: number | undefined;
  readonly board: number | undefined;
  readonly product: number | undefined;
  readonly records: number | undefined;
}

export const COMMON_HEADER_BYTES = 8;
const FORMAT = 1;

/**
 * The common header, the first eight bytes of every FRU.
 * @throws {DecodeError} for memory that was never written, or holds something else
 */
export function decodeCommonHeader(bytes: Buffer): CommonHeader {
  const reader = readerOf(bytes, "FRU common header");
  const header = reader.copy(COMMON_HEADER_BYTES);
  const fields = readerOf(header, "FRU common header");
  const version = fields.u8() & 0x0f;
  fields.expect(version === FORMAT, `format version ${version}, known is ${FORMAT}`);
  fields.expect(checksumOf(header) === 0, "wrong checksum");
  const offset = () => fields.u8() * 8 || undefined;
  return { internalUse: offset(), chassis: offset(), board: offset(), product: offset(), records: offset() };
}

/**
 * A FRU's whole memory.
 * @throws {DecodeError} if it has no common header; everything else that is wrong is told in `faults`
 */
export function decodeFru(bytes: Buffer): FruInventory {
  const header = decodeCommonHeader(bytes);
  const faults: string[] = [];
  const area = <T>(where: string, offset: number | undefined, read: (reader: Reader) => T) =>
    offset === undefined
      ? undefined
      : collectingFaults(faults, where, () => {
          const { reader, checksumRight } = openInfoArea(bytes.subarray(offset), where);
          if (!checksumRight) faults.push(`${where}: wrong checksum`);
          return read(reader);
        });
  const chassis = area("chassis area", header.chassis, readChassisInfo);
  const board = area("board area", header.board, readBoardInfo);
  const product = area("product area", header.product, readProductInfo);
  const read =
    header.records === undefined ? { records: [], faults: [] } : readRecords(bytes.subarray(header.records));
  return { chassis, board, product, records: read.records, faults: [...faults, ...read.faults] };
}
