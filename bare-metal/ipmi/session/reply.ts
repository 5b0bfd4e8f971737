import type { LanReply } from "../codec/lan-message";
import { DecodeError } from "../codec/reader";
import { IpmiCompletionError, IpmiMalformedReplyError, IpmiPrivilegeError } from "../errors";
import type { Command } from "../messages/command";
import { completionAdvice, completionInWords } from "../messages/completion-codes";

const INSUFFICIENT_PRIVILEGE = 0xd4;

/**
 * The value of an answer.
 * @throws {IpmiCompletionError} {IpmiPrivilegeError} {IpmiMalformedReplyError}
 */
export function readReply<Reply>(
  host: string,
  command: Command<Reply>,
  { completion, data }: LanReply,
): Reply {
  if (completion === INSUFFICIENT_PRIVILEGE) {
    const words = `completion code 0xd4 (${completionInWords(completion)})`;
    throw new IpmiPrivilegeError(host, command.name, words, completionAdvice(completion));
  }
  if (completion !== 0 && !command.alsoAnswers?.includes(completion)) {
    const words = completionInWords(completion, command.completionCodes);
    throw new IpmiCompletionError(host, command.name, completion, words, completionAdvice(completion));
  }
  try {
    return command.decode(data, completion);
  } catch (error) {
    if (error instanceof DecodeError) throw new IpmiMalformedReplyError(host, command.name, error.message);
    throw error;
  }
}
