import type { Reader } from "../codec/reader";
import { type Entity, entityOf } from "./entities";

/** An entity, and the controller that its instance counts within (type 09h only). */
export interface AssociatedEntity extends Entity {
  readonly controller?: { readonly address: number; readonly channel: number };
}

/**
 * Types 08h and 09h, IPMI 2.0 sections 43.4 and 43.5: which entities one is made of. Several records may name parts
 * of one container.
 */
export interface EntityAssociationRecord {
  readonly kind: "entity-association";
  readonly id: number;
  readonly container: AssociatedEntity;
  /** Ranges of instances are written out. */
  readonly contained: readonly AssociatedEntity[];
  /** Whether further records have the same container. */
  readonly linked: boolean;
}

const RANGES = 0x80;
const LINKED = 0x40;
const PLACES = 4;

/** Type 08h. @throws {DecodeError} */
export function decodeEntityAssociation(id: number, reader: Reader): EntityAssociationRecord {
  const container = readEntity(reader);
  const flags = reader.u8();
  return association(id, container, flags, () => readEntity(reader));
}

/** Type 09h: with the controllers. @throws {DecodeError} */
export function decodeDeviceEntityAssociation(id: number, reader: Reader): EntityAssociationRecord {
  const container = readEntity(reader);
  const controller = readController(reader);
  const flags = reader.u8();
  return association(id, { ...container, ...controller }, flags, () => {
    const own = readController(reader);
    return { ...readEntity(reader), ...own };
  });
}

function association(
  id: number,
  container: AssociatedEntity,
  flags: number,
  next: () => AssociatedEntity,
): EntityAssociationRecord {
  const places = Array.from({ length: PLACES }, next);
  const contained = (flags & RANGES) === 0 ? places.filter((entity) => entity.id !== 0) : ranges(places);
  return { kind: "entity-association", id, container, contained, linked: (flags & LINKED) !== 0 };
}

/** Places one and two, three and four, are the first and the last of a range. */
function ranges(places: readonly AssociatedEntity[]): AssociatedEntity[] {
  const pairs = [places.slice(0, 2), places.slice(2)];
  return pairs.flatMap(([first, last]) => {
    if (!first || !last || first.id === 0) return [];
    const count = Math.max(0, last.instance - first.instance + 1);
    return Array.from({ length: count }, (_, n) => ({ ...first, instance: first.instance + n }));
  });
}

function readEntity(reader: Reader): Entity {
  return entityOf(reader.u8(), reader.u8());
}

/** Nothing where instances count within the system. */
function readController(reader: Reader): Pick<AssociatedEntity, "controller"> {
  const address = reader.u8() & 0xfe;
  const channel = reader.u8() >> 4;
  return address === 0 ? {} : { controller: { address, channel } };
}
