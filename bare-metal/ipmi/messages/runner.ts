import type { Command } from "./command";

/** What the faces of a BMC (sensors, event log, users, ...) work with. */
export interface CommandRunner {
  /** `host:port`, for errors. */
  readonly label: string;
  /**
   * Runs one command in the BMC's session, after all that was asked before.
   * @throws {IpmiError}
   */
  run<Reply>(command: Command<Reply>): Promise<Reply>;
}
