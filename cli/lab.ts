import type { Command } from "commander";
import { interrupted } from "./interrupts";

/** `lectern lab`: the virtual machine room. Its code is loaded by the verb that runs. */
export function addLabCommands(program: Command): void {
  const lab = program
    .command("lab")
    .description("the virtual machine room on this machine")
    .addHelpText(
      "after",
      "\nLECTERN_ROOM names the room (default: lab); rooms of other names stand beside it.",
    );
  lab
    .command("up")
    .description("set up, start the room, `pulumi up` of its stacks, and prove that it holds")
    .option("--no-proof", "leave out the proof")
    .option("--json", "print the proof as JSON")
    .action(async ({ proof, json }: { proof: boolean; json?: true }) => {
      const steps = await commands().labUp({ ...terminal(), proof });
      if (json) print(JSON.stringify(steps, null, 2));
      else if (steps.length > 0) print(views().proofText(steps));
      const broken = steps.filter((s) => !s.holds).length;
      if (broken > 0) throw new Error(`${broken} of ${steps.length} claims do not hold`);
    });
  lab
    .command("status")
    .description("the machines, queues and courses of the room")
    .option("--json", "print as JSON")
    .action(async ({ json }: { json?: true }) => {
      const status = await commands().labStatus();
      print(json ? JSON.stringify(status, null, 2) : views().statusText(status));
    });
  lab
    .command("env")
    .description("print the room's variables for `eval`: KUBECONFIG, PATH and Pulumi's")
    .option("--json", "print as JSON")
    .action(async ({ json }: { json?: true }) => {
      const variables = await commands().labEnvironment();
      print(json ? JSON.stringify(variables, null, 2) : environment().shellExports(variables));
    });
  lab
    .command("down")
    .description("`pulumi destroy` of the room's stacks, then stop everything that the room started")
    .option("--purge", "remove the room's folder too, with every home in it")
    .action(async ({ purge = false }: { purge?: boolean }) => commands().labDown({ ...terminal(), purge }));
}

const commands = () => require("../lab/commands") as typeof import("../lab/commands");
const environment = () => require("../lab/environment") as typeof import("../lab/environment");
const views = () => require("./lab-views") as typeof import("./lab-views");

function terminal() {
  const { TerminalProgress } = require("./progress") as typeof import("./progress");
  return { progress: new TerminalProgress(), signal: interrupted };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
