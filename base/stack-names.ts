import { readdirSync } from "node:fs";

/** The stacks whose config lies in a Pulumi project's folder (`Pulumi.<stack>.yaml`), sorted. */
export function stackNames(projectDir: string): string[] {
  return readdirSync(projectDir)
    .map((file) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1])
    .filter((stack) => stack !== undefined)
    .sort();
}
