import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { z } from "zod";
import { keptReads } from "../base/kept-reads";
import { type Fault, FaultCollector, FaultsError } from "../base/faults";
import { stackNames } from "../base/stack-names";
import { type Credentials, credentialsSchema } from "../bare-metal/inventory/credentials";
import type { Inventory } from "../bare-metal/inventory/inventory";
import { isThisMachine } from "../base/network";
import { zodFaults } from "../base/zod-faults";
import { readInventory } from "../bare-metal/inventory/validate";
import type { CourseClaim } from "../components/plan/course-plan";
import type { Student } from "../components/plan/roster";
import { readGatewayImages } from "./gateway-images";
import { throwWithLines } from "./fault-lines";
import { readRosterCsv } from "./roster-csv";
import { type CourseConfig, type SiteConfig, courseConfigSchema, siteConfigSchema } from "./schema";

/** The folder that holds Pulumi.yaml. */
export const PROJECT_DIR = resolve(__dirname, "..");

export type StackConfig =
  | {
      readonly kind: "site";
      readonly config: SiteConfig;
      readonly inventory: Inventory;
      /** Secrets: only ever handed to resources as Pulumi secrets. */
      readonly credentials: Credentials;
    }
  | {
      readonly kind: "course";
      readonly name: string;
      readonly config: CourseConfig;
      /** The students, from the config or the file that it names. */
      readonly roster: readonly Student[];
      /** What the other courses of the site ask for, from their own files of config. */
      readonly others: readonly CourseClaim[];
    };

/**
 * Reads and checks the whole configuration of the stack that runs.
 * @param projectDir Folder with the files of config of all stacks; courses find one another in it.
 * @throws {FaultsError} with every fault, before any resource is declared
 */
export function readStackConfig(projectDir = PROJECT_DIR): StackConfig {
  const config = new pulumi.Config("lectern");
  const stack = pulumi.getStack();
  const file = `Pulumi.${stack}.yaml`;
  const [site, course] = [config.getObject<unknown>("site"), config.getObject<unknown>("course")];
  if ((site === undefined) === (course === undefined)) {
    throw new FaultsError(file, [
      {
        path: "config",
        value: site === undefined ? "(missing)" : "lectern:site and lectern:course",
        problem: "a stack is either a site or a course",
        fix: "give exactly one of the keys lectern:site and lectern:course",
      },
    ]);
  }
  return site === undefined
    ? readCourse(stack, file, course, projectDir)
    : readSite(file, site, config.get("credentials"), projectDir);
}

function readSite(
  file: string,
  raw: unknown,
  secretCredentials: string | undefined,
  projectDir: string,
): StackConfig {
  const faults = new FaultCollector();
  const config = checked(
    siteConfigSchema,
    raw,
    "lectern:site",
    faults,
    expandPaths(raw, "lectern:site", faults),
  );
  const expanded = expandPaths(raw, "lectern:site", new FaultCollector()) as Partial<SiteConfig> | null;
  const paths = config ?? expanded ?? {};

  let inventory: Inventory | undefined;
  if (typeof paths.inventory === "string") {
    const text = readText(paths.inventory, "lectern:site.inventory", faults);
    try {
      if (text !== undefined) inventory = readInventory(text, paths.inventory);
    } catch (error) {
      if (!(error instanceof FaultsError)) throw error;
      faults.addAll(error.faults.map((f) => ({ ...f, path: `inventory: ${f.path}` })));
    }
  }
  const machines = inventory?.machines.map((m) => m.name);
  config?.kubernetes.workers.forEach((name, i) => {
    if (machines && !machines.includes(name))
      faults.add(
        `lectern:site.kubernetes.workers[${i}]`,
        name,
        "no such machine in the inventory",
        `one of: ${machines.join(", ")}`,
      );
  });
  if (config?.gateway) readGatewayImages(config.gateway, faults);
  else if (config && inventory) checkBootService(inventory.services.boot, faults);
  const credentials = readCredentials(paths.credentials, secretCredentials, inventory, faults);
  throwWithLines(file, faults.faults, projectDir);
  return {
    kind: "site",
    config: config as SiteConfig,
    inventory: inventory as Inventory,
    credentials: credentials as Credentials,
  };
}

/** The boot token crosses no network in plain text. */
function checkBootService(boot: Inventory["services"]["boot"], faults: FaultCollector): void {
  if (boot.tls || isThisMachine(boot.address)) return;
  faults.add(
    "inventory: services.boot",
    boot.address,
    "the boot token would cross the network in plain text",
    "add tls: {port, pin} of this boot service, or have the stack set it up (lectern:site.gateway)",
  );
}

function readCredentials(
  path: string | undefined,
  secret: string | undefined,
  inventory: Inventory | undefined,
  faults: FaultCollector,
): Credentials | undefined {
  const where = path === undefined ? "lectern:credentials" : "lectern:site.credentials";
  let text = secret;
  if (path !== undefined) {
    text = readText(path, where, faults);
    if (text !== undefined && (statSync(path).mode & 0o077) !== 0) {
      faults.add(where, path, "the file can be read by others", `chmod 600 ${path}`);
    }
  }
  if (path === undefined && text !== undefined && !isSecretKey(where)) {
    faults.add(
      where,
      "(hidden)",
      "BMC passwords in plain text in the stack's file",
      "pulumi config set --secret lectern:credentials, and change the passwords",
    );
  }
  if (text === undefined) {
    if (path === undefined) {
      faults.add(
        where,
        undefined,
        "no BMC passwords",
        "pulumi config set --secret lectern:credentials, or name a file",
      );
    }
    return undefined;
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    faults.add(
      where,
      "(hidden)",
      "not JSON",
      'write {"bmc": {"<machine>": {"password": "..."}}, "bootToken": "..."}',
    );
    return undefined;
  }
  const result = credentialsSchema.safeParse(data);
  if (!result.success) {
    // Values are secrets: only where they stand is told.
    faults.addAll(
      zodFaults(result.error, data).map((f) => ({ ...f, path: `${where}: ${f.path}`, value: "(hidden)" })),
    );
    return undefined;
  }
  for (const { name, bmc } of inventory?.machines ?? []) {
    const password = result.data.bmc[name]?.password;
    if (password === undefined) {
      faults.add(`${where}: bmc.${name}`, undefined, "no BMC password for this machine", "add its password");
    } else if (bmc.protocol !== "redfish" && Buffer.byteLength(password) > 20) {
      faults.add(
        `${where}: bmc.${name}.password`,
        "(hidden)",
        "longer than the 20 bytes that IPMI 2.0 allows",
        "set a shorter one at the BMC, or speak Redfish with it",
      );
    }
  }
  return result.data;
}

/** Whether a key of config is stored encrypted. Pulumi knows, but does not publish it among its types. */
function isSecretKey(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}

function readCourse(name: string, file: string, raw: unknown, projectDir: string): StackConfig {
  const faults = new FaultCollector();
  const config = checked(courseConfigSchema, raw, "lectern:course", faults);
  const roster = readRoster((config ?? raw) as Partial<CourseConfig> | null, projectDir, faults);
  throwWithLines(file, faults.faults, projectDir);
  return {
    kind: "course",
    name,
    config: config as CourseConfig,
    roster,
    others: readOtherCourses(name, config?.site, projectDir),
  };
}

/** The students of a course: those in its config, or those in the file that it names. */
export function readRoster(
  config: Partial<CourseConfig> | null,
  projectDir: string,
  faults: FaultCollector,
): Student[] {
  const roster = config?.roster;
  if (Array.isArray(roster))
    return roster.map((entry) => (typeof entry === "string" ? { id: entry } : entry));
  if (typeof roster !== "string") return [];
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(projectDir, roster));
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    faults.add("lectern:course.roster", roster, problem, "a CSV file, by its path from the project's folder");
    return [];
  }
  const read = readRosterCsv(bytes, roster);
  faults.addAll(read.faults.faults);
  return read.students;
}

/** The claims of the other courses of the same site. A file with faults claims nothing: its own stack says what is wrong. */
function readOtherCourses(name: string, site: string | undefined, projectDir: string): CourseClaim[] {
  return readCourses(projectDir)
    .filter((course) => course.name !== name && course.config.site === site)
    .map(({ name, config: { gpus, pkey, machines, firstDay, lastDay, timetable, allocation } }) => ({
      name,
      gpus,
      pkey,
      machines,
      firstDay,
      lastDay,
      timetable,
      allocation,
    }));
}

/** The courses whose files of config lie in a project's folder and are without faults, by name. */
export function readCourses(projectDir: string): { readonly name: string; readonly config: CourseConfig }[] {
  const names = stackNames(projectDir);
  // Each course reads the files of all others, and understanding hundreds of them takes longer than all else here.
  const texts = names.map((name) => readFileSync(join(projectDir, `Pulumi.${name}.yaml`), "utf8"));
  const raw = keptReads(projectDir, texts, (text) => parsedOrNull(text)?.config?.["lectern:course"]);
  return names.flatMap((name, i) => {
    const result = courseConfigSchema.safeParse(raw[i]);
    return result.success ? [{ name, config: result.data }] : [];
  });
}

function parsedOrNull(yaml: string): { readonly config?: Readonly<Record<string, unknown>> } | null {
  try {
    return parse(yaml) as { config?: Record<string, unknown> } | null;
  } catch {
    return null;
  }
}

function checked<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  prefix: string,
  faults: FaultCollector,
  expanded: unknown = raw,
): z.infer<S> | undefined {
  const result = schema.safeParse(expanded);
  if (result.success) return result.data;
  faults.addAll(zodFaults(result.error, expanded).map((f: Fault) => ({ ...f, path: `${prefix}.${f.path}` })));
  return undefined;
}

/** Replaces `${NAME}` in every text by that environment variable; a name that is not set is a fault. */
function expandPaths(value: unknown, path: string, faults: FaultCollector): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Z_][A-Z0-9_]*)\}/g, (whole, name: string) => {
      const found = process.env[name];
      if (found === undefined) {
        faults.add(
          path,
          value,
          `${name} is not in the environment`,
          'for the lab: eval "$(npm run -s lab:env)"',
        );
      }
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((v, i) => expandPaths(v, `${path}[${i}]`, faults));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, expandPaths(v, `${path}.${k}`, faults)]),
    );
  }
  return value;
}

function readText(path: string, where: string, faults: FaultCollector): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    faults.add(
      where,
      path,
      `cannot be read (${(error as NodeJS.ErrnoException).code})`,
      "name a file that exists",
    );
    return undefined;
  }
}
