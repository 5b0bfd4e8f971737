import type { Redfish } from "./client";
import { RedfishMalformedReplyError, RedfishResponseError, RedfishUnsupportedError } from "./errors";
import { booleanAt, type JsonObject, linkAt, objectsAt, textAt } from "./json";
import type { Resource } from "./read";

/** More than any BMC holds of anything; a firmware that never ends is told so. */
const MAX_MEMBERS = 10_000;
const MAX_PAGES = 1_000;

/**
 * The members of a collection (DSP0266, "Resource collections"), page by page; empty without a link or where it leads to nothing.
 * @throws {RedfishMalformedReplyError} if the collection has no end
 */
export async function members(redfish: Redfish, link: string | undefined): Promise<Resource[]> {
  if (link === undefined) return [];
  const listed: JsonObject[] = [];
  for await (const page of pages(redfish, link)) {
    listed.push(...objectsAt(page.body, "Members"));
    if (listed.length > MAX_MEMBERS) throw endless(redfish, link);
  }
  const found = await Promise.all(listed.map((member) => memberOf(redfish, link, member)));
  return found.filter((member) => member !== undefined);
}

/** As the collection holds it, which is a link or the member itself. */
async function memberOf(redfish: Redfish, link: string, body: JsonObject): Promise<Resource | undefined> {
  const path = linkAt(body);
  if (Object.keys(body).length <= 1) return redfish.getIfThere(path);
  return { path: path ?? link, body, etag: textAt(body, "@odata.etag") };
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

/** With its members in it, where the BMC says that it can (DSP0266, "Query parameters"): one request instead of hundreds. */
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
