import { timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** Which certificates are taken for a BMC's. There is no setting that takes any. */
export interface Trust {
  /** SHA-256 of the one certificate. */
  readonly pin: Buffer | undefined;
  /** Certificates of authorities as PEM. Default: those that Node.js knows. */
  readonly authorities: string | undefined;
}

/** The bytes of a SHA-256 fingerprint, with or without colons, or undefined if the text is none. */
export function parseFingerprint(text: string): Buffer | undefined {
  const digits = text.replaceAll(":", "");
  return /^[0-9a-fA-F]{64}$/.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

/** What is wrong with the certificate of a connection whose handshake is over; undefined: nothing. */
export function certificateProblem(socket: TLSSocket, { pin }: Trust): string | undefined {
  const shown = socket.getPeerX509Certificate()?.fingerprint256;
  const found = shown === undefined ? undefined : parseFingerprint(shown);
  if (shown === undefined || found === undefined) return "the BMC shows no certificate";
  if (pin === undefined) {
    const why = socket.authorizationError as Error | string | undefined;
    if (socket.authorized) return undefined;
    return `no trusted authority vouches for its certificate (${codeOf(why)}), whose fingerprint is ${shown}`;
  }
  if (timingSafeEqual(found, pin)) return undefined;
  return `its certificate has the fingerprint ${shown}, which is not the pinned one`;
}

function codeOf(why: Error | string | undefined): string {
  return why instanceof Error ? ((why as NodeJS.ErrnoException).code ?? why.message) : (why ?? "refused");
}
