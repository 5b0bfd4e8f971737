/** Algorithms of a cipher suite (IPMI 2.0 table 22-20). */
export interface CipherSuite {
  readonly id: 17 | 3;
  readonly hash: "sha256" | "sha1";
  /** Authentication algorithm number (table 13-17). */
  readonly authentication: number;
  /** Integrity algorithm number (table 13-18). */
  readonly integrity: number;
  /** Confidentiality algorithm number (table 13-19). */
  readonly confidentiality: number;
  /** Bytes of a RAKP key exchange authentication code. */
  readonly digestLength: number;
  /** Bytes of an integrity check value, in session packets and in RAKP message 4. */
  readonly authCodeLength: number;
}

const AES_CBC_128 = 1;

/** The only suites spoken. There is no entry for `none`, MD5 or RC4, so nothing can fall back to them. */
export const SUITES: Readonly<Record<17 | 3, CipherSuite>> = {
  17: {
    id: 17,
    hash: "sha256",
    authentication: 3,
    integrity: 4,
    confidentiality: AES_CBC_128,
    digestLength: 32,
    authCodeLength: 16,
  },
  3: {
    id: 3,
    hash: "sha1",
    authentication: 1,
    integrity: 1,
    confidentiality: AES_CBC_128,
    digestLength: 20,
    authCodeLength: 12,
  },
};
