import { DecodeError } from "../codec/reader";
import { IpmiAbortedError, IpmiError, IpmiMalformedReplyError } from "../errors";
import {
  decodeSuiteRecords,
  getChannelCipherSuites,
  type OfferedSuite,
} from "../messages/channel-cipher-suites";
import type { ExchangeContext } from "../transport/exchange";
import { askSessionless } from "./sessionless";

/** List indexes that a request can name (IPMI 2.0 section 22.15.1). */
const PARTS = 64;
/** Bytes of a part that is not the last. */
const FULL = 16;

/**
 * The cipher suites that a BMC names for this channel. Nothing is decided by it: the answer is not authenticated,
 * and whoever forges it could else choose a weak suite.
 * @throws {IpmiError}
 */
export async function askCipherSuites(
  context: ExchangeContext,
  host: string,
): Promise<readonly OfferedSuite[]> {
  const parts: Buffer[] = [];
  for (let index = 0; index < PARTS; index += 1) {
    const { records } = await askSessionless(context, host, getChannelCipherSuites(index));
    parts.push(records);
    if (records.length < FULL) break;
  }
  try {
    return decodeSuiteRecords(Buffer.concat(parts));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new IpmiMalformedReplyError(host, getChannelCipherSuites(0).name, error.message);
  }
}

/** For the end of an error: what the BMC says that it knows, or nothing where it does not say. */
export async function suitesInWords(context: ExchangeContext, host: string): Promise<string> {
  try {
    const ids = (await askCipherSuites(context, host)).map((suite) => suite.id);
    return ids.length === 0 ? "" : `; the BMC names ${[...new Set(ids)].join(", ")}`;
  } catch (error) {
    if (error instanceof IpmiError && !(error instanceof IpmiAbortedError)) return "";
    throw error;
  }
}
