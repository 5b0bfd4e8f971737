import { addBmcCommands } from "./bmc";
import { addCourseCommands } from "./course";
import { addDevCommands } from "./dev";
import { addImageCommands } from "./image";
import { addLabCommands } from "./lab";
import { addLedgerCommands } from "./ledger";
import { addMachinesCommands } from "./machines";
import { addPolicyCommands } from "./policy";
import { runProgram } from "./program";
import { addTimetableCommands } from "./timetable";
import { addSemesterCommands } from "./semester";
import { addToolchainCommands } from "./toolchain";

/** `lectern` with all its verbs. @returns the exit status */
export function main(argv: readonly string[]): Promise<number> {
  return runProgram(argv, [
    addLabCommands,
    addBmcCommands,
    addCourseCommands,
    addLedgerCommands,
    addMachinesCommands,
    addImageCommands,
    addPolicyCommands,
    addTimetableCommands,
    addSemesterCommands,
    addToolchainCommands,
    addDevCommands,
  ]);
}
