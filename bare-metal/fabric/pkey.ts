import type { Membership } from "./index";

/** Base value of the Default partition (InfiniBand Architecture Specification, volume 1, 10.9.1.2). */
export const DEFAULT_PKEY = 0x7fff;
export const MIN_PKEY = 0x0001;
export const MAX_PKEY = 0x7ffe;
/** Bit 15 of a P_Key: set for a full member. */
export const FULL_MEMBER = 0x8000;
/** P_Keys that a port's table takes beside Default. HCAs have at least 64 entries in practice. */
export const MAX_PKEYS_PER_PORT = 63;

/** A P_Key as people write it: `0x8001`. */
export function formatPkey(pkey: number): string {
  return `0x${pkey.toString(16).padStart(4, "0")}`;
}

/** What stands in the table of a member: the P_Key, with bit 15 for a full one. */
export function tableEntry(pkey: number, membership: Membership): number {
  return membership === "full" ? pkey | FULL_MEMBER : pkey;
}
