import type { Redfish } from "./client";
import { memberLinks, members } from "./collection";
import { RedfishArgumentError, RedfishMalformedReplyError, RedfishUnsupportedError } from "./errors";
import { linkAt, objectsAt } from "./json";
import type { Resource } from "./read";

/** The resources of one machine behind a BMC. */
export interface Machine {
  readonly redfish: Redfish;
  /** The ComputerSystem, read anew. */
  system(): Promise<Resource>;
}

/** The system that the client asked for by id, or the only one. Where it is, is found out once. */
export function machineOf(redfish: Redfish): Machine {
  let link: Promise<string> | undefined;
  return {
    redfish,
    async system() {
      link ??= findSystem(redfish).catch((error: unknown) => {
        link = undefined;
        throw error;
      });
      return redfish.get(await link);
    },
  };
}

async function findSystem(redfish: Redfish): Promise<string> {
  const command = "find the system";
  const { body } = await redfish.root();
  const collection = linkAt(body, "Systems");
  if (collection === undefined) {
    throw new RedfishUnsupportedError(
      redfish.label,
      command,
      "it serves no systems",
      "that this is a server's BMC",
    );
  }
  const links = await memberLinks(redfish, collection);
  const ids = links.map(idOf);
  const wanted = redfish.system;
  const found = wanted === undefined ? links[0] : links[ids.indexOf(wanted)];
  if (links.length === 0) {
    throw new RedfishMalformedReplyError(redfish.label, command, "an empty collection of systems");
  }
  if (found === undefined || (wanted === undefined && links.length > 1)) {
    const problem =
      wanted === undefined ? `it serves ${links.length} systems` : `it serves no system ${wanted}`;
    throw new RedfishArgumentError(
      redfish.label,
      command,
      problem,
      `the system's id, one of: ${ids.join(", ")}`,
    );
  }
  return found;
}

/** The last part of a resource's path. */
export function idOf(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}

/** The BMC itself. */
export async function managerOf(redfish: Redfish, system: Resource): Promise<Resource | undefined> {
  const [link] = objectsAt(system.body, "Links", "ManagedBy").flatMap((manager) => linkAt(manager) ?? []);
  const manager = await redfish.getIfThere(link);
  if (manager !== undefined) return manager;
  const { body } = await redfish.root();
  const [first] = await members(redfish, linkAt(body, "Managers"));
  return first;
}

/** The chassis that the system is in; where it names none, all that the BMC serves. */
export async function chassisOf(redfish: Redfish, system: Resource): Promise<Resource[]> {
  const links = objectsAt(system.body, "Links", "Chassis").flatMap((chassis) => linkAt(chassis) ?? []);
  const named = await Promise.all(links.map((link) => redfish.getIfThere(link)));
  const found = named.filter((chassis) => chassis !== undefined);
  if (found.length > 0) return found;
  const { body } = await redfish.root();
  return members(redfish, linkAt(body, "Chassis"));
}
