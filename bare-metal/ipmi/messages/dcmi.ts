import { type Reader, readerOf } from "../codec/reader";
import { type Command, NetFn } from "./command";

/** Group extension of DCMI: the first byte of every request and answer. */
const DCMI = 0xdc;

/** A command of the Data Center Manageability Interface, version 1.5: what all of them have in common. */
export interface DcmiCommand<Reply> extends Pick<Command<Reply>, "name" | "code"> {
  /** After the group extension. */
  readonly data: Iterable<number>;
  readonly onlyOnce?: true;
  readonly completionCodes?: Readonly<Record<number, string>>;
  readonly alsoAnswers?: readonly number[];
  /** Reads what follows the group extension. */
  read(reader: Reader, completion: number): Reply;
}

export function dcmiCommand<Reply>({ data, read, ...command }: DcmiCommand<Reply>): Command<Reply> {
  return {
    ...command,
    netFn: NetFn.groupExtension,
    data: Buffer.from([DCMI, ...data]),
    decode(reply, completion = 0) {
      const reader = readerOf(reply, command.name);
      reader.expect(reader.u8() === DCMI, "not an answer of DCMI");
      return read(reader, completion);
    },
  };
}
