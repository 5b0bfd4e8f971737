import type { Duplex } from "node:stream";
import { once } from "node:events";
import { ESCAPES, escapeReader } from "./escapes";
import { inRawMode } from "./terminal";

/** A machine's serial console, as far as a person at a terminal needs it. */
export interface SerialConsole {
  /** What the machine prints, and what is typed to it. Ends when the machine's side does. */
  readonly stream: Duplex;
  /** Sends a serial break. */
  sendBreak(): Promise<void> | void;
}

/** Where a person sits. */
export interface Seat {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Joins a terminal to a console until the person types `~.`, the signal fires, or the console ends. Without a terminal
 * what is read is sent as it is, and the end of it ends nothing. The terminal is given back as it was, whatever happens.
 * @throws what the console fails with, and the signal's reason
 */
export async function attend(console: SerialConsole, seat: Seat, signal: AbortSignal): Promise<void> {
  const { stdin, stdout, stderr } = seat;
  const { stream } = console;
  const read = stdin.isTTY ? escapeReader() : (data: Buffer) => [{ kind: "send", data } as const];
  const quit = new AbortController();
  const failed = (error: unknown) => void stream.destroy(error as Error);
  const onKeys = (chunk: Buffer): void => {
    for (const stroke of read(chunk)) {
      if (stroke.kind === "quit") quit.abort();
      else if (stroke.kind === "help") stderr.write(ESCAPES.replaceAll("\n", "\r\n"));
      else if (stroke.kind === "break") Promise.resolve(console.sendBreak()).catch(failed);
      else if (!stream.write(stroke.data)) {
        stdin.pause();
        stream.once("drain", () => stdin.resume());
      }
    }
  };
  const talk = async (): Promise<void> => {
    stream.pipe(stdout, { end: false });
    stdin.on("data", onKeys);
    try {
      await once(stream, "close", { signal: AbortSignal.any([signal, quit.signal]) });
    } catch (error) {
      signal.throwIfAborted();
      if (!quit.signal.aborted) throw error;
    } finally {
      stdin.off("data", onKeys);
      stdin.pause();
      stream.unpipe(stdout);
    }
  };
  return stdin.isTTY ? inRawMode(talk) : talk();
}
