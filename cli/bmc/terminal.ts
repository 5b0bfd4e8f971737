import { StringDecoder } from "node:string_decoder";
import { InterruptedError, UsageError } from "../failure";
import { interrupted } from "../interrupts";

/** Keys of a terminal in raw mode. */
const KEY = { interrupt: "\x03", end: "\x04", erase: "\x7f", backspace: "\b", eraseLine: "\x15" } as const;

/** Asks for a secret at the terminal, without echo. @throws {InterruptedError} on Ctrl-C */
export async function readSecret(question: string): Promise<Buffer> {
  const { stdin, stderr } = process;
  stderr.write(question);
  try {
    const text = await inRawMode(async () => {
      const decoder = new StringDecoder("utf8");
      let typed: string[] = [];
      for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
        for (const key of decoder.write(chunk as Buffer)) {
          if (key === "\r" || key === "\n" || key === KEY.end) return typed.join("");
          if (key === KEY.interrupt) throw new InterruptedError("interrupted");
          if (key === KEY.eraseLine) typed = [];
          else if (key === KEY.erase || key === KEY.backspace) typed.pop();
          else typed.push(key);
        }
      }
      return typed.join("");
    });
    if (text === "") throw new UsageError("no password was typed");
    return Buffer.from(text);
  } finally {
    stderr.write("\n");
  }
}

/**
 * Asks whether to go on. Without a terminal nobody can be asked: `--yes` answers beforehand.
 * @throws {UsageError} if there is no terminal, or the answer is not yes
 */
export async function confirm(question: string): Promise<void> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new UsageError(`${question}: nobody can be asked here; say --yes`);
  const { createInterface } = require("node:readline/promises") as typeof import("node:readline/promises");
  const line = createInterface({ input: stdin, output: stderr });
  line.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await line.question(`${question}? [y/N] `, { signal: interrupted });
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError("nothing was done");
  } finally {
    line.close();
  }
}

/** Gets every key as it is typed, and gives the terminal back as it was, whatever happens. */
export async function inRawMode<T>(work: () => Promise<T>): Promise<T> {
  const { stdin } = process;
  const before = stdin.isRaw;
  stdin.setRawMode(true);
  try {
    return await work();
  } finally {
    stdin.setRawMode(before);
    stdin.pause();
  }
}
