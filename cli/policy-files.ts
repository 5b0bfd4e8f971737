import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { ApiError, type KubeApi } from "../base/kubernetes/api";
import { type Denial, denialEvent } from "../policies/denials";
import { siteSettings } from "../policies/options";
import { type CourseParameters, PARAMETERS_NAME, parseParameters } from "../policies/parameters";
import { COURSE_NAMESPACE_PREFIX, type PolicyObject } from "../policies/rule";
import { NO_SETTINGS, type PolicySettings } from "../policies/settings";
import { UsageError } from "./failure";

const PROJECT_DIR = resolve(__dirname, "..");

/** Levels and exceptions of a site's config. Default: none. */
export function settingsOf(site: string | undefined): PolicySettings {
  return site === undefined ? NO_SETTINGS : siteSettings(PROJECT_DIR, site);
}

/**
 * The objects of a manifest; those of a List one by one.
 * @param file `-` for standard input.
 * @param namespace For objects that name none.
 * @throws {UsageError} if the file cannot be read or holds something else
 */
export function readObjects(file: string, namespace?: string): PolicyObject[] {
  const documents = parseAllDocuments(readText(file === "-" ? 0 : file, file));
  return documents.flatMap((document, i) => {
    const [error] = document.errors;
    if (error) throw new UsageError(`${file}: document ${i + 1} is no YAML: ${error.message.split("\n")[0]}`);
    const value = document.toJS() as unknown;
    if (value === null) return [];
    if (!isObject(value)) throw new UsageError(`${file}: document ${i + 1} is no Kubernetes object: no kind`);
    const items =
      value.kind === "List" && Array.isArray(value.items) ? (value.items as PolicyObject[]) : [value];
    return items.map((item) => withNamespace(item, namespace));
  });
}

/** @throws {UsageError} if the file holds no ConfigMap `course-policy` */
export function readParameters(file: string): CourseParameters {
  const found = readObjects(file).find((o) => o.kind === "ConfigMap" && o.metadata?.name === PARAMETERS_NAME);
  if (found === undefined) {
    const how = `kubectl get configmap ${PARAMETERS_NAME} -n course-<name> -o yaml`;
    throw new UsageError(`${file}: no ConfigMap ${PARAMETERS_NAME}; write one with: ${how}`);
  }
  return parseParameters((found.data ?? {}) as Record<string, string>);
}

/** The audit log of a room's API server, or another. @throws {UsageError} if it cannot be read */
export function readAuditLog(file?: string): string {
  return readText(file ?? join(roomDir(), "kubernetes/logs/audit.log"), file ?? "the room's audit log");
}

/**
 * Makes an Event of each denial that has none yet.
 * @returns how many were made
 */
export async function publishEvents(
  denials: readonly Denial[],
  course: string,
  api: KubeApi,
): Promise<number> {
  let made = 0;
  for (const denial of denials) {
    try {
      await api.post(
        `/api/v1/namespaces/${COURSE_NAMESPACE_PREFIX}${course}/events`,
        denialEvent(denial, course),
      );
      made += 1;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }
  return made;
}

function roomDir(): string {
  const { openRoom } = require("../lab/room") as typeof import("../lab/room");
  const { roomName } = require("../lab/commands") as typeof import("../lab/commands");
  return openRoom(roomName(), PROJECT_DIR).dir;
}

function readText(file: string | number, name: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `${name}: cannot be read (${(error as NodeJS.ErrnoException).code ?? ""}); name a file that is there`,
    );
  }
}

function isObject(value: unknown): value is PolicyObject {
  return typeof value === "object" && value !== null && typeof (value as PolicyObject).kind === "string";
}

function withNamespace(object: PolicyObject, namespace: string | undefined): PolicyObject {
  if (namespace === undefined || object.metadata?.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}
