import { basename, join } from "node:path";
import type { Program } from "./config";
import type { Container, Pod } from "./objects";

/** Image repository with its registry, as containerd completes it: no tag, no digest, `docker.io` if none is named. */
export function imageRepository(image: string): string {
  const name = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const hasRegistry =
    rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (hasRegistry) return name;
  return rest.length > 0 ? `docker.io/${name}` : `docker.io/library/${name}`;
}

/** The program that stands for this image, if any. */
export function programFor(image: string, programs: readonly Program[]): Program | undefined {
  const repository = imageRepository(image);
  return programs.find((p) => p.image === repository);
}

/** Where a mount of the pod lies on this machine. */
export interface Mount {
  readonly mountPath: string;
  readonly folder: string;
}

/**
 * Leads paths below mounts to this machine's folders: `--conf=/etc/x/y` becomes `--conf=<folder>/y`.
 * Only whole paths: `/etc/x` is not found in `/etc/xyz` nor in `/opt/etc/x`. The longest mount wins.
 */
export function rewritePaths(text: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0) return text;
  const sorted = [...mounts].sort((a, b) => b.mountPath.length - a.mountPath.length);
  const escaped = sorted.map((m) => m.mountPath.replace(/\/+$/, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(^|[=:,\\s"'])(${escaped.join("|")})(?=$|[/:,\\s"'])`, "g");
  return text.replace(pattern, (_whole, before: string, path: string) => {
    const mount = sorted.find((m) => m.mountPath.replace(/\/+$/, "") === path) as Mount;
    return before + mount.folder;
  });
}

export interface CommandInputs {
  readonly program: Program;
  readonly container: Container;
  readonly mounts: readonly Mount[];
  readonly kubeconfig: string;
  readonly address: string;
  /** Folder for copies of scripts. */
  readonly scripts: string;
}

export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** The script to copy before the start, if the command is one. */
  readonly script?: {
    readonly from: string;
    readonly to: string;
    readonly replace: Readonly<Record<string, string>>;
  };
}

/**
 * What runs for a container: entry point, or the script that its command names, then its own arguments, rewritten.
 * @throws {Error} if the container's command is not in the program table
 */
export function containerCommand({
  program,
  container,
  mounts,
  kubeconfig,
  address,
  scripts,
}: CommandInputs): Command {
  const args = (container.args ?? []).map((a) => rewritePaths(a, mounts));
  const [command, ...rest] = container.command ?? [];
  if (command === undefined) {
    const flags = program.listen.map((f) => f.replaceAll("{ip}", address));
    const identity = program.kubeconfigFlag ? [`--kubeconfig=${kubeconfig}`] : [];
    return { argv: [...program.entrypoint, ...args, ...flags, ...identity] as [string, ...string[]] };
  }
  const script = program.scripts[command];
  if (script === undefined) {
    const known = Object.keys(program.scripts).join(", ") || "none";
    throw new Error(
      `command ${command} of image ${program.image} is not in the program table (known: ${known})`,
    );
  }
  const to = join(scripts, basename(script.file));
  return {
    argv: ["bash", to, ...rest.map((a) => rewritePaths(a, mounts)), ...args],
    script: { from: script.file, to, replace: script.replace },
  };
}

/** The copy of a script that runs. @throws {Error} if a text to replace does not occur: the script has changed */
export function adaptScript(text: string, replace: Readonly<Record<string, string>>, tmp: string): string {
  let adapted = text;
  for (const [from, to] of Object.entries(replace)) {
    if (!adapted.includes(from)) throw new Error(`script: ${JSON.stringify(from)} does not occur in it`);
    adapted = adapted.replaceAll(from, to.replaceAll("{tmp}", tmp));
  }
  return adapted;
}

/**
 * Environment that the container asks for; the kinds are those of Kubernetes' downward API that name the pod.
 * @throws {Error} for any other source
 */
export function containerEnv(
  pod: Pod,
  container: Container,
  mounts: readonly Mount[],
  address: string,
): Record<string, string> {
  const fields: Record<string, string | undefined> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": address,
  };
  return Object.fromEntries(
    (container.env ?? []).map((env) => {
      const value = env.value ?? (env.valueFrom ? fields[env.valueFrom.fieldRef?.fieldPath ?? ""] : "");
      if (value === undefined)
        throw new Error(`environment variable ${env.name} has a source that is not supported`);
      return [env.name, rewritePaths(value, mounts)];
    }),
  );
}
