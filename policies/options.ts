import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PackOptions } from "./pack";
import { NO_SETTINGS, type PolicySettings } from "./settings";

interface SiteConfig {
  readonly policies?: unknown;
}

/**
 * What the site of the stack that runs says to the pack: the stack's own config if it is a site, else the file of the
 * site that its course names.
 * @param env Of the pack's process; the engine puts the stack's config there.
 * @param projectDir Folder with the stacks' files.
 */
export function packOptions(env: NodeJS.ProcessEnv, projectDir: string): PackOptions {
  const config = JSON.parse(env["PULUMI_CONFIG"] ?? "{}") as Readonly<Record<string, string>>;
  const site = parsed<SiteConfig>(config["lectern:site"]);
  if (site) return { settings: readSettings(site.policies) };
  const course = parsed<{ readonly site?: string }>(config["lectern:course"]);
  return { settings: course?.site === undefined ? NO_SETTINGS : siteSettings(projectDir, course.site) };
}

/** The settings in the file of a site's stack. Faults in it are for its own stack to tell. */
export function siteSettings(projectDir: string, site: string): PolicySettings {
  const file = join(projectDir, `Pulumi.${site}.yaml`);
  if (!existsSync(file)) return NO_SETTINGS;
  const text = readFileSync(file, "utf8");
  // The engine waits for the pack, and few sites have settings: YAML takes longer than all else here.
  if (!text.includes("policies")) return NO_SETTINGS;
  const { parse } = require("yaml") as typeof import("yaml");
  const stack = parse(text) as {
    readonly config?: { readonly "lectern:site"?: SiteConfig };
  } | null;
  return readSettings(stack?.config?.["lectern:site"]?.policies);
}

/** The schema takes longer to load than the rules, and is needed only where a site has settings. */
function readSettings(raw: unknown): PolicySettings {
  if (raw === undefined) return NO_SETTINGS;
  const { policySettingsSchema } = require("./settings-schema") as typeof import("./settings-schema");
  const result = policySettingsSchema.safeParse(raw ?? {});
  return result.success ? result.data : NO_SETTINGS;
}

function parsed<T>(json: string | undefined): T | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as T);
}
