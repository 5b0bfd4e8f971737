import type { ControllerPath } from "../codec/controller-path";

/** Network functions of requests (IPMI 2.0 table 5-1). A response carries the number plus one. */
export const NetFn = {
  chassis: 0x00,
  sensor: 0x04,
  app: 0x06,
  storage: 0x0a,
  transport: 0x0c,
  groupExtension: 0x2c,
} as const;

export const noData: Buffer = Buffer.alloc(0);

/** One request and how to read its answer. Knows nothing of sessions. */
export interface Command<Reply> {
  /** As the specification names it; part of errors. */
  readonly name: string;
  /** Even number, 0x00 to 0x3e. */
  readonly netFn: number;
  readonly code: number;
  /** Logical unit of who answers, 0 to 3. Default 0. */
  readonly lun?: number;
  /** The controller behind the BMC that answers. Default: the BMC itself. */
  readonly path?: ControllerPath;
  readonly data: Buffer;
  /** `data` holds a secret: it is wiped once the command has been sent, so the command is sent once. */
  readonly secret?: true;
  /**
   * Doing it twice is not doing it once (a power cycle). Its repeats carry the first one's session sequence
   * number, so that a BMC that got the first drops the others.
   */
  readonly onlyOnce?: true;
  /** Meanings of this command's own completion codes (0x80 to 0xbe), in words. */
  readonly completionCodes?: Readonly<Record<number, string>>;
  /** Completion codes besides 0 that come with an answer, and are no error. */
  readonly alsoAnswers?: readonly number[];
  /**
   * Reads the data after the completion code.
   * @param completion 0 by default, or one of `alsoAnswers`
   * @throws {DecodeError} and nothing else
   */
  decode(data: Buffer, completion?: number): Reply;
}
