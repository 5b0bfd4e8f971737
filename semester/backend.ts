/** An archived home: what was read back and found equal to the home. */
export interface VerifiedArchive {
  /** SHA-256 of the manifest, hexadecimal: stands for every path and every byte. */
  readonly manifest: string;
  /** Where it lies. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * What a close does to the world. Every act may be called again after it was done in part or in whole, and then does
 * what is left, if anything. An act that cannot make sure throws.
 */
export interface CloseBackend {
  /** No new work; what runs is ended, and nothing of it is left. */
  freeze(course: string): Promise<void>;
  /**
   * Copies a home to the archive, reads it back, and compares. A home that changed since is copied anew; one that is
   * gone is taken for archived only if its archive is there and whole.
   */
  archive(course: string, owner: string): Promise<VerifiedArchive>;
  /** Writes the course's rows of the ledger as CSV. @returns where */
  exportLedger(course: string): Promise<string>;
  revokeCodes(course: string): Promise<void>;
  revokeTokens(course: string): Promise<void>;
  /** Storage keys: what is mounted with them ends too. */
  revokeKeys(course: string): Promise<void>;
  /** The course's stack and all that it declared. */
  deleteNamespace(course: string): Promise<void>;
  /** The course's P_Key is in no port's table. */
  returnPkey(course: string): Promise<void>;
  /** @throws {Error} unless the home is, byte by byte, what the archive holds */
  deleteHome(course: string, owner: string, archive: VerifiedArchive): Promise<void>;
  releaseMachine(machine: string): Promise<void>;
}
