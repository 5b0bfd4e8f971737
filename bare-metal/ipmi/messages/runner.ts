import type { Command } from "./command";

/** What the faces of a BMC (sensors, event log, users, ...) work with. */
export interface CommandRunner {
  /** `host:port`, for errors. */
  readonly label: string;
  /** Most bytes of data after a completion code that an answer can bring. Default: as many as there are. */
  readonly mostData?: number;
  /**
   * Runs one command in the BMC's session, after all that was asked before.
   * @throws {IpmiError}
   */
  run<Reply>(command: Command<Reply>): Promise<Reply>;
}
