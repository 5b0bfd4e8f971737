import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { CourseResult, SemesterCourse, SemesterOptions, SiteOutputs } from "../semester/commands";
import { SilentFailure, UsageError } from "./failure";
import { interrupted } from "./interrupts";

interface Common {
  readonly parallel: number;
  readonly json?: true;
}
interface Asking extends Common {
  readonly yes?: true;
}
interface Closing extends Asking {
  readonly ledger?: string;
  readonly archivePool?: string;
}

/** `lectern semester`: all courses of a semester at once. */
export function addSemesterCommands(program: Command): void {
  const semester = program
    .command("semester")
    .description("open, change and close all courses of a semester")
    .addHelpText(
      "after",
      "\nThe semester of a course is `semester` in its config, else that of its site. Pulumi's variables say where the\nstacks are kept; without them those of the room are taken.",
    );
  const verb = (name: string, description: string) =>
    semester
      .command(name)
      .description(description)
      .argument("<semester>", "its name, such as 2026-autumn")
      .option("--parallel <courses>", "how many at a time", wholeNumber, 2)
      .option("--json", "the summary as JSON");
  verb("open", "switch released machines on, and bring up the stacks of all its courses")
    .argument("[courses...]", ONLY_THESE)
    .action((name: string, courses: string[], options: Common) => open(name, courses, options));
  verb("change", "show what changed config would touch, ask, and bring those courses up")
    .argument("[courses...]", ONLY_THESE)
    .option("--yes", "do not ask")
    .action((name: string, courses: string[], options: Asking) => change(name, courses, options));
  verb(
    "close",
    "archive the homes, revoke all access, delete the courses, release the machines; run again after a stop",
  )
    .option("--yes", "do not ask")
    .option("--ledger <folder>", "the ledger's. Default: the room's, if it keeps one")
    .option("--archive-pool <pool>", "data pool of the archive class. Default: that of the file system")
    .action((name: string, options: Closing) => close(name, options));
}

const ONLY_THESE = "only these courses. Default: all of the semester";
const parts = () => require("../semester/commands") as typeof import("../semester/commands");
const views = () => require("./semester-views") as typeof import("./semester-views");

async function open(name: string, only: readonly string[], { parallel, json }: Common): Promise<void> {
  const { semester, options, site } = await prepare(name, parallel);
  const courses = chosen(semester.courses, only, name);
  parts().retireJournal(semester.dir);
  const machines = await parts().reopenMachines(await site(), options);
  const results = await parts().openCourses(courses, options);
  for (const { machine, error } of machines)
    if (error !== undefined) process.stderr.write(`lectern: ${machine} does not take work again: ${error}\n`);
  report(results, json);
  if (machines.some(({ error }) => error !== undefined)) {
    throw new SilentFailure("a machine is not back; run it again to go on");
  }
}

async function change(name: string, only: readonly string[], { parallel, json, yes }: Asking): Promise<void> {
  const { semester, options } = await prepare(name, parallel);
  const previews = await parts().previewCourses(chosen(semester.courses, only, name), options);
  const failed = previews.filter(({ error }) => error !== undefined);
  const touched = previews.filter((preview) => preview.touched.length > 0);
  process.stderr.write(`${views().previewText(previews)}\n`);
  if (failed.length > 0) throw new SilentFailure("a preview failed; nothing was changed");
  if (touched.length === 0) return report([], json);
  if (!yes) await confirm("Make these changes?");
  report(
    await parts().openCourses(
      touched.map((preview) => preview.course),
      options,
    ),
    json,
  );
}

async function close(name: string, { parallel, json, yes, ledger, archivePool }: Closing): Promise<void> {
  const { semester, options, site, roomLedger } = await prepare(name, parallel);
  const request = {
    semester: name,
    courses: semester.all,
    site: await site(),
    dir: semester.dir,
    ledger: ledger ?? roomLedger,
    archivePool,
  };
  const plan = await parts().closePlan(request, options.stacks);
  process.stderr.write(`${views().planText(plan)}\n`);
  if (!yes) await confirm(`Close semester ${name}?`);
  const result = await parts().runClose(plan, request, options);
  const text = json
    ? JSON.stringify({ ...result, journal: semester.dir }, null, 2)
    : views().closeText(result);
  process.stdout.write(`${text}\n`);
  if (!result.closed) throw new SilentFailure("not closed yet; run it again to go on");
}

/** Everything that the verbs go by. */
async function prepare(name: string, parallel: number) {
  const { findSemester, useRoom } = require("./semester-files") as typeof import("./semester-files");
  const { CourseStacks } = require("../semester/stacks") as typeof import("../semester/stacks");
  const { TerminalProgress } = require("./progress") as typeof import("./progress");
  const roomLedger = await useRoom();
  const semester = findSemester(name);
  const stacks = new CourseStacks(semester.projectDir);
  const options: SemesterOptions = {
    stacks,
    progress: new TerminalProgress(),
    parallel,
    signal: interrupted,
  };
  const site = async (): Promise<SiteOutputs> => {
    const outputs = await stacks.outputs(semester.site);
    if (outputs["kubeconfig"] === undefined) {
      throw new Error(`site ${semester.site} is not up: pulumi up -s ${semester.site}`);
    }
    return { ...outputs, machines: await stacks.machines(semester.site) } as unknown as SiteOutputs;
  };
  return { semester, options, site, roomLedger };
}

/** @throws {UsageError} for a course that the semester has not */
function chosen(
  courses: readonly SemesterCourse[],
  only: readonly string[],
  semester: string,
): readonly string[] {
  const all = courses.map(({ name }) => name);
  const unknown = only.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`no course ${unknown.join(", ")} in semester ${semester}; it has ${all.join(", ")}`);
  }
  return only.length > 0 ? [...new Set(only)] : all;
}

function report(results: readonly CourseResult[], json: true | undefined): void {
  process.stdout.write(`${json ? JSON.stringify(results, null, 2) : views().resultsText(results)}\n`);
  const failed = results.filter(({ error }) => error !== undefined).length;
  if (failed > 0) throw new SilentFailure(`${failed} courses failed`);
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new UsageError("nobody to ask: give --yes");
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asked.question(`${question} (yes/no) `, { signal: interrupted });
    if (answer.trim() !== "yes") throw new SilentFailure("not confirmed");
  } finally {
    asked.close();
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("not a whole number from 1 to 999.");
  return Number(text);
}
