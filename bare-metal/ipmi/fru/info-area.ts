import { type Reader, readerOf } from "../codec/reader";
import { type Characters, charactersOf, readField } from "./field";

const FORMAT = 1;

/** An information area whose checksum was looked at and whose fields are still to be read. */
export interface InfoArea {
  /** After version and length, without the checksum. */
  readonly reader: Reader;
  readonly checksumRight: boolean;
}

/** Bytes that the sum of a whole area or header leaves over: 0 if its checksum is right. */
export function checksumOf(bytes: Iterable<number>): number {
  return [...bytes].reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

/**
 * Opens a chassis, board or product area: version, length in units of eight bytes, fields, checksum.
 * @param bytes from the area's start; may go on after its end
 * @throws {DecodeError}
 */
export function openInfoArea(bytes: Buffer, what: string): InfoArea {
  const head = readerOf(bytes, what);
  const version = head.u8() & 0x0f;
  head.expect(version === FORMAT, `format version ${version}, known is ${FORMAT}`);
  const length = head.u8() * 8;
  head.expect(length > 0, "a length of 0");
  head.expect(length <= bytes.length, `longer than the FRU's memory: ${length} bytes`);
  const area = bytes.subarray(0, length);
  return { reader: readerOf(area.subarray(2, -1), what), checksumRight: checksumOf(area) === 0 };
}

/** The fields that an area is defined to have, in order; `english` ones are so in every language. */
export type FieldList<Name extends string> = Readonly<Record<Name, "english" | "local">>;

/** Fields by name; those that are missing or empty stay away. */
export type Fields<Name extends string> = { readonly [N in Name]?: string };

/** Reads the defined fields of an area, and those that its maker added. */
export function readFields<Name extends string>(
  reader: Reader,
  list: FieldList<Name>,
  languageCode: number,
): Fields<Name> & { readonly custom: readonly string[] } {
  const local = charactersOf(languageCode);
  const fields: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(list) as Name[]) {
    const value = readField(reader, list[name] === "english" ? "latin1" : local);
    if (value === undefined) return { ...fields, custom: [] };
    if (value !== "") fields[name] = value;
  }
  return { ...fields, custom: readCustom(reader, local) };
}

function readCustom(reader: Reader, characters: Characters): string[] {
  const custom: string[] = [];
  for (
    let value = readField(reader, characters);
    value !== undefined;
    value = readField(reader, characters)
  ) {
    if (value !== "") custom.push(value);
  }
  return custom;
}
