import type { Command } from "commander";
import { UsageError } from "./failure";

/** `lectern lab`: the virtual machine room. */
export function addLabCommands(program: Command): void {
  const lab = program.command("lab").description("the virtual machine room on this machine");
  for (const [verb, what] of [
    ["up", "power the room and bring up what runs in it"],
    ["down", "stop everything of the room and remove it"],
    ["status", "what runs and in which state"],
    ["env", "print the room's environment, for `eval`"],
  ] as const) {
    lab
      .command(verb)
      .description(what)
      .action(() => {
        throw new UsageError(`lab ${verb}: the room is not part of this version yet`);
      });
  }
}
