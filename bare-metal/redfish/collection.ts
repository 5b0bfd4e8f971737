import type { Redfish, Resource } from "./client";
import { RedfishMalformedReplyError, RedfishResponseError, RedfishUnsupportedError } from "./errors";
import { booleanAt, linkAt, objectsAt, textAt } from "./json";

/** More than any BMC holds of anything; a firmware that never ends is told so. */
const MAX_MEMBERS = 10_000;
const MAX_PAGES = 1_000;

/**
 * The members of a collection (DSP0266 section 7.5.5), page by page; empty without a link or where it leads to nothing.
 * @throws {RedfishMalformedReplyError} if the collection has no end
 */
export async function members(redfish: Redfish, link: string | undefined): Promise<Resource[]> {
  if (link === undefined) return [];
  const found: Promise<Resource | undefined>[] = [];
  for await (const page of pages(redfish, link)) {
    for (const body of objectsAt(page.body, "Members")) {
      const path = linkAt(body);
      const whole = Object.keys(body).length > 1;
      const etag = textAt(body, "@odata.etag");
      found.push(whole ? Promise.resolve({ path: path ?? page.path, body, etag }) : redfish.getIfThere(path));
    }
    if (found.length > MAX_MEMBERS) throw endless(redfish, link);
  }
  return (await Promise.all(found)).filter((member) => member !== undefined);
}

/** Links to the members of a collection, in its order. */
export async function memberLinks(redfish: Redfish, link: string): Promise<string[]> {
  const { body } = await redfish.get(link);
  return objectsAt(body, "Members").flatMap((member) => linkAt(member) ?? []);
}

async function* pages(redfish: Redfish, link: string): AsyncGenerator<Resource> {
  const seen = new Set<string>();
  let page = await firstPage(redfish, link);
  while (page !== undefined) {
    yield page;
    const next = textAt(page.body, "Members@odata.nextLink");
    if (next === undefined) return;
    if (seen.has(next) || seen.size >= MAX_PAGES) throw endless(redfish, link);
    seen.add(next);
    page = await redfish.get(next);
  }
}

/** With its members in it, where the BMC says that it can (DSP0266 section 7.3.1): one request instead of hundreds. */
async function firstPage(redfish: Redfish, link: string): Promise<Resource | undefined> {
  const { body } = await redfish.root();
  if (booleanAt(body, "ProtocolFeaturesSupported", "ExpandQuery", "NoLinks") !== true) {
    return redfish.getIfThere(link);
  }
  try {
    return await redfish.getIfThere(`${link}?$expand=.($levels=1)`);
  } catch (error) {
    const refused = error instanceof RedfishResponseError || error instanceof RedfishUnsupportedError;
    if (refused) return redfish.getIfThere(link);
    throw error;
  }
}

function endless(redfish: Redfish, link: string): RedfishMalformedReplyError {
  return new RedfishMalformedReplyError(redfish.label, `GET ${link}`, "a collection without end");
}
