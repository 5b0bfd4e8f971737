import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { stackNames } from "../base/stack-names";
import type { SemesterCourse } from "../semester/commands";
import { UsageError } from "./failure";

const PROJECT_DIR = resolve(__dirname, "..");

/** A semester as the project's files of config tell. */
export interface Semester {
  readonly projectDir: string;
  /** Name of the site's stack. */
  readonly site: string;
  readonly courses: readonly SemesterCourse[];
  /** The courses of the same site, those of other semesters too. */
  readonly all: readonly SemesterCourse[];
  /** Folder of the journal and the exports. */
  readonly dir: string;
}

/** @throws {UsageError} if no course belongs to it, or courses of several sites do */
export function findSemester(name: string, projectDir = PROJECT_DIR): Semester {
  const configs = stackNames(projectDir).map((stack) => ({ stack, config: configOf(projectDir, stack) }));
  const sites = new Map(
    configs.flatMap(({ stack, config }) => {
      const site = config["lectern:site"] as { semester?: string } | undefined;
      return site === undefined ? [] : [[stack, site.semester ?? ""] as const];
    }),
  );
  const courses = configs.flatMap(({ stack, config }): SemesterCourse[] => {
    const course = config["lectern:course"] as
      { site?: string; semester?: string; machines?: string[] } | undefined;
    if (course === undefined) return [];
    const { site = "", machines } = course;
    return [{ name: stack, site, semester: course.semester ?? sites.get(site) ?? "", machines }];
  });
  const own = courses.filter((course) => course.semester === name);
  const owners = new Set(own.map(({ site }) => site));
  const [site, ...others] =
    owners.size > 0 ? [...owners] : [...sites].filter(([, s]) => s === name).map(([s]) => s);
  if (site === undefined) {
    const known = [...new Set([...courses.map((c) => c.semester), ...sites.values()])].filter(
      (s) => s !== "",
    );
    throw new UsageError(
      `no course and no site of semester ${name}; there are: ${known.join(", ") || "none"}`,
    );
  }
  if (others.length > 0) {
    throw new UsageError(`semester ${name} has courses of several sites: ${[site, ...others].join(", ")}`);
  }
  const root = process.env["LECTERN_ROOM_DIR"] ?? join(projectDir, ".lectern");
  return {
    projectDir,
    site,
    courses: own,
    all: courses.filter((course) => course.site === site),
    dir: join(root, "semesters", name),
  };
}

/**
 * Takes the room's variables where the environment does not say where Pulumi keeps its stacks.
 * @returns the room's ledger, if it keeps one
 */
export async function useRoom(): Promise<string | undefined> {
  if (!process.env["PULUMI_BACKEND_URL"]) {
    const { openLab } = require("../lab/commands") as typeof import("../lab/commands");
    Object.assign(process.env, (await openLab()).variables);
  }
  const { ledgerFolder } = require("../lab/ledger") as typeof import("../lab/ledger");
  const dir = process.env["LECTERN_LEDGER"] ?? ledgerFolder({ dir: process.env["LECTERN_ROOM_DIR"] ?? "" });
  return existsSync(dir) ? dir : undefined;
}

function configOf(projectDir: string, stack: string): Readonly<Record<string, unknown>> {
  const file = `Pulumi.${stack}.yaml`;
  try {
    const { config } = (parse(readFileSync(join(projectDir, file), "utf8")) ?? {}) as { config?: object };
    return (config ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${file}: no YAML: ${(error as Error).message.split("\n")[0]}`);
  }
}
