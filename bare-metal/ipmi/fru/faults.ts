import { DecodeError } from "../codec/reader";

/** Runs a decoder; what it refuses becomes a fault instead. */
export function collectingFaults<T>(faults: string[], where: string, decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    faults.push(`${where}: ${error.problem}`);
    return undefined;
  }
}
