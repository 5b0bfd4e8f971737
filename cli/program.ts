import { Command, CommanderError } from "commander";
import { version } from "../package.json";
import { describeFailure, EXIT, exitStatus, InterruptedError } from "./failure";
import { interrupted, watchInterrupts } from "./interrupts";

/** Adds a family of verbs, such as `lectern bmc`. */
export type Family = (program: Command) => void;

/**
 * Runs one verb of `lectern`. Verbs load their code when they run, so that help is instant.
 * @param argv As process.argv: node, script, words.
 * @param families those that can be typed
 * @returns the exit status
 */
export async function runProgram(argv: readonly string[], families: readonly Family[]): Promise<number> {
  const program = new Command("lectern")
    .description("Turns a room of bare metal into a teaching cloud for courses that need GPUs.")
    .version(version)
    .showHelpAfterError("(`lectern --help` lists the verbs)")
    .configureHelp({ showGlobalOptions: true });
  for (const add of families) add(program);
  overrideExits(program);
  if (argv.length <= 2) {
    program.outputHelp();
    return EXIT.usage;
  }
  watchInterrupts();
  process.stdout.on("error", ignoreClosedPipe);
  try {
    await program.parseAsync(argv);
    if (interrupted.aborted) throw new InterruptedError("interrupted");
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const failure = interrupted.aborted ? new InterruptedError("interrupted", { cause: error }) : error;
    const text = describeFailure(failure);
    if (text !== undefined) process.stderr.write(`${text}\n`);
    return exitStatus(failure);
  }
}

/** Who reads what is printed (`head`, a pager) may have seen enough; what was begun is ended well nevertheless. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Makes commander throw at every level rather than end the process with its own statuses. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
}
