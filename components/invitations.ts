import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError, ifThere, type KubeApi, unlessStatus } from "../base/kubernetes/api";
import type { KubeObject } from "../base/kubernetes/objects";
import { isSameMail, newcomerProblem } from "./plan/roster";

/** Label of the record of a code that was redeemed; its value is the seat. */
const REDEEMED_LABEL = "lectern.dev/redeemed";

/** Who redeems a code; the form has been checked. */
export interface Newcomer {
  readonly id: string;
  readonly name?: string | undefined;
  readonly mail?: string | undefined;
}

/** A seat that was taken with its code, for the roster. */
export interface Redemption extends Newcomer {
  readonly seat: number;
  /** RFC 3339. */
  readonly at: string;
}

/** Names of the people of a course. */
export interface Members {
  readonly students: readonly string[];
  /** Teachers and assistants. */
  readonly staff: readonly string[];
}

/** Why a code is not taken. */
export class RedeemError extends Error {}

interface Secret {
  readonly data?: Readonly<Record<string, string>>;
}
interface SeatRecord extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const within = (course: string) => `/api/v1/namespaces/course-${course}`;

/**
 * Takes a seat of a course with its invitation code: leaves a record that `lectern course <course> roster` shows until
 * the roster has the newcomer. The record is made once for each seat, by the API server, so a code works once, however
 * many try at a time. Who meets another newcomer of that name, or one like it, takes the record back. Codes are revoked
 * with their Secret.
 * @throws {RedeemError} if the code opens no seat, or a roster could not have the id
 */
export async function redeemCode(
  api: KubeApi,
  course: string,
  code: string,
  newcomer: Newcomer,
  { students, staff }: Members,
  now: Date,
): Promise<Redemption> {
  const seat = seatOf(code, await openCodes(api, course));
  if (seat === undefined) throw new RedeemError("no open seat has this code; it may be used, or revoked");
  const { id, mail = "" } = newcomer;
  const problem = async (): Promise<string | undefined> => {
    const others = (await redemptions(api, course)).filter((other) => other.seat !== seat);
    const same = others.find((other) => mail !== "" && isSameMail(other.mail ?? "", mail));
    if (same !== undefined) return `${mail} has seat ${same.seat}, as ${same.id}`;
    const called = newcomerProblem(id, [...students, ...others.map((other) => other.id)], staff);
    return called && `${called}; choose another id`;
  };
  const before = await problem();
  if (before !== undefined) throw new RedeemError(before);
  const redemption: Redemption = { ...newcomer, seat, at: now.toISOString() };
  const { name = "" } = newcomer;
  const record = `redeemed-seat-${seat}`;
  try {
    await api.post(`${within(course)}/configmaps`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: record, labels: { [REDEEMED_LABEL]: String(seat) } },
      data: { id, name, mail, at: redemption.at },
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) throw new RedeemError("this code is used already");
    throw error;
  }
  // Of two who came at the same time each sees the other now.
  const after = await problem();
  if (after !== undefined) {
    await unlessStatus([404], api.delete(`${within(course)}/configmaps/${record}`, {}));
    throw new RedeemError(`${after} (somebody redeems a code at this moment), or try again`);
  }
  return redemption;
}

/** The seats that were taken, the roster's own line or not, by number. */
export async function redemptions(api: KubeApi, course: string): Promise<Redemption[]> {
  const path = `${within(course)}/configmaps?labelSelector=${encodeURIComponent(REDEEMED_LABEL)}`;
  const { items } = await api.get<{ items: SeatRecord[] }>(path);
  return items
    .map(({ metadata, data = {} }) => ({
      seat: Number(metadata.labels?.[REDEEMED_LABEL]),
      id: data["id"] ?? "",
      ...(data["name"] ? { name: data["name"] } : {}),
      ...(data["mail"] ? { mail: data["mail"] } : {}),
      at: data["at"] ?? "",
    }))
    .sort((a, b) => a.seat - b.seat);
}

/** Codes by seat; none once they are revoked. */
async function openCodes(api: KubeApi, course: string): Promise<ReadonlyMap<number, string>> {
  const found = await ifThere(api.get<Secret>(`${within(course)}/secrets/invitation-codes`));
  return new Map(
    Object.entries(found?.data ?? {}).map(([seat, code]) => [
      Number(seat.replace("seat-", "")),
      Buffer.from(code, "base64").toString(),
    ]),
  );
}

/** The seat that a code opens. Every code is compared, by hash and in constant time, so the time tells nothing. */
export function seatOf(code: string, codes: ReadonlyMap<number, string>): number | undefined {
  const hash = (text: string) => createHash("sha256").update(text.trim().toLowerCase()).digest();
  const given = hash(code);
  let found: number | undefined;
  for (const [seat, open] of codes) if (timingSafeEqual(given, hash(open))) found = seat;
  return found;
}
