import { spawn } from "node:child_process";
import type { Context } from "../../../base/provider";

/** Which of a command's output is shown while it runs. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** A program to run to its end. */
export interface Run {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  /** Default: everything, but nothing if an input is secret. */
  readonly logging?: Logging | undefined;
}

/** What a command wrote, each without the last line's end. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @throws {Error} if the program cannot be started or ends with another status than 0; with the status and what it
 *   wrote to stderr, never with the command or its environment
 */
export async function run(what: Run, context: Context): Promise<Output> {
  context.signal.throwIfAborted();
  const [command, ...args] = what.argv;
  const child = spawn(command, args, {
    cwd: what.cwd,
    env: { ...process.env, ...what.env },
    stdio: "pipe",
    signal: context.signal,
  });
  const logging = what.logging ?? (context.hasSecrets ? "none" : "stdoutAndStderr");
  const shown = (stream: "stdout" | "stderr") => logging === stream || logging === "stdoutAndStderr";
  const stdout = collect(child.stdout, shown("stdout") ? context : undefined);
  const stderr = collect(child.stderr, shown("stderr") ? context : undefined);
  // A command that does not read its input closes it early.
  child.stdin.on("error", () => undefined);
  child.stdin.end(what.stdin ?? "");
  const ended = await new Promise<string>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`the command did not run: ${error.message}`)));
    child.once("close", (code, signal) =>
      resolve(signal === null ? `exit status ${code}` : `signal ${signal}`),
    );
  });
  const output = { stdout: trimmed(stdout()), stderr: trimmed(stderr()) };
  if (ended !== "exit status 0") {
    const wrote = output.stderr === "" ? "" : `\n${output.stderr}`;
    throw new Error(`the command ended with ${ended}${wrote}`);
  }
  return output;
}

function collect(stream: NodeJS.ReadableStream, show: Context | undefined): () => string {
  const chunks: Buffer[] = [];
  let line = "";
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    const lines = (line + chunk.toString()).split("\n");
    line = lines.pop() ?? "";
    for (const full of lines) show?.info(full);
  });
  stream.on("end", () => {
    if (line !== "") show?.info(line);
  });
  return () => Buffer.concat(chunks).toString();
}

function trimmed(text: string): string {
  return text.replace(/\n$/, "");
}
