import { runProgram } from "../program";
import { addBmcCommands } from ".";

/** `lectern bmc` and no other verbs, so that no more is loaded. @returns the exit status */
export function main(argv: readonly string[]): Promise<number> {
  return runProgram(argv, [addBmcCommands]);
}
