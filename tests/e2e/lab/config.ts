import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { LabRoom } from "../../fixtures/lab-room";

type Config = Record<string, unknown>;

/** Changes `lectern:course` in the file of config of a stack of the room's project; one that is not there is made. */
export function changeCourse({ project }: LabRoom, stack: string, change: (course: Config) => void): void {
  const file = join(project, `Pulumi.${stack}.yaml`);
  let whole: { config: Record<string, Config> };
  try {
    whole = parse(readFileSync(file, "utf8")) as typeof whole;
  } catch {
    whole = { config: { "lectern:course": {} } };
  }
  change(whole.config["lectern:course"] as Config);
  writeFileSync(file, stringify(whole));
}
