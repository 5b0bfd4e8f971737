import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeWritable } from "../base/files";
import { contentKey } from "./cache";
import type { BuildPin, ToolPin } from "./pins";
import { onPath } from "./platform";
import { run } from "../base/run";

/** The Go compiler of this machine. */
export interface Go {
  readonly program: string;
  /** Such as `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

/** How a Go program is called. */
export interface GoRun {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** The Go compiler in PATH, or undefined. */
export async function findGo({ env, signal }: GoRun): Promise<Go | undefined> {
  const [program] = onPath("go", env);
  if (program === undefined) return undefined;
  const { stdout } = await run([program, "env", "GOVERSION", "GOOS", "GOARCH"], {
    env: buildEnvironment(env),
    ...(signal ? { signal } : {}),
  });
  const [version = "", os = "", arch = ""] = stdout.split("\n");
  return { program, version, os, arch };
}

/**
 * The environment of every build: what decides over the result is set here, whatever the operator's own is.
 * The checksum database stays as the operator has it; our go.sum files hold every checksum that is needed.
 */
export function buildEnvironment(env: NodeJS.ProcessEnv, cgo = false): NodeJS.ProcessEnv {
  return { ...env, CGO_ENABLED: cgo ? "1" : "0", GOFLAGS: "-mod=readonly", GOWORK: "off", GO111MODULE: "on" };
}

/**
 * Key of a tool that Go builds: it changes with the sources, their checksums, the flags, the compiler and the platform.
 * @param toolchainDir Folder of pins.json.
 */
export function buildKey(
  tool: ToolPin,
  build: BuildPin,
  go: Omit<Go, "program">,
  toolchainDir: string,
): string {
  const parts: Record<string, string> = {
    package: tool.go.package,
    version: tool.version,
    ...(build.cgo && { cgo: "1" }),
    ldflags: build.ldflags,
    gcflags: (build.gcflags ?? []).join("\n"),
    go: `${go.version} ${go.os} ${go.arch}`,
    module: `${build.module ?? ""} ${build.sum ?? ""}`,
  };
  if (build.folder !== undefined) {
    const folder = join(toolchainDir, build.folder);
    for (const file of ["go.mod", "go.sum"]) parts[file] = readFileSync(join(folder, file), "utf8");
    if (build.sources) parts["sources"] = JSON.stringify(build.sources);
    for (const file of ownSources(folder)) parts[file] = readFileSync(join(folder, file), "utf8");
  }
  return contentKey(parts);
}

/** Our Go files below a folder's top, where there are only lists of what to build. */
function ownSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".go") && dirname(file) !== ".",
  );
}

/**
 * Builds tools of one module graph with one `go build`, so that what they share is compiled once.
 * @param tools Tool name to pin; all of this build.
 * @param scratch An empty folder of ours.
 * @returns tool name to program, in `scratch`
 */
export async function goBuild(
  go: Go,
  build: BuildPin,
  tools: Readonly<Record<string, ToolPin>>,
  {
    scratch,
    toolchainDir,
    note,
    ...call
  }: GoRun & { scratch: string; toolchainDir: string; note: (t: string) => void },
): Promise<Record<string, string>> {
  const cwd = await sourceFolder(go, build, { scratch, toolchainDir, note, ...call });
  const out = join(scratch, "out");
  // Go leaves its own temporary folder behind when it is interrupted; ours goes in any case.
  const temporary = join(scratch, "tmp");
  for (const dir of [out, temporary]) mkdirSync(dir);
  const packages = Object.values(tools).map((tool) => tool.go.package);
  let done = 0;
  await run(
    [
      go.program,
      ...["build", "-v", "-buildvcs=false", "-ldflags", build.ldflags],
      ...(build.gcflags ?? []).map((flags) => `-gcflags=${flags}`),
      ...["-o", `${out}/`, ...packages],
    ],
    {
      cwd,
      env: { ...buildEnvironment(call.env, build.cgo), GOTMPDIR: temporary },
      ...(call.signal ? { signal: call.signal } : {}),
      onLine: (line) =>
        note(line.startsWith("go: downloading") ? line.slice(4) : `${++done} packages compiled, now ${line}`),
    },
  );
  const programs: Record<string, string> = {};
  for (const [name, tool] of Object.entries(tools)) {
    programs[name] = join(scratch, name);
    renameSync(join(out, tool.go.binary), join(scratch, name));
  }
  return programs;
}

/** The folder that the build runs in: the published module's own, or a copy of ours with the files that it takes from others. */
async function sourceFolder(
  go: Go,
  build: BuildPin,
  {
    scratch,
    toolchainDir,
    note,
    ...call
  }: GoRun & { scratch: string; toolchainDir: string; note: (t: string) => void },
): Promise<string> {
  if (build.folder === undefined) {
    note(`getting ${build.module}`);
    return moduleFolder(go, build.module ?? "", build.sum, call);
  }
  const source = join(scratch, "source");
  cpSync(join(toolchainDir, build.folder), source, { recursive: true });
  for (const { module, sum, files } of build.sources ?? []) {
    note(`getting ${module}`);
    const from = await moduleFolder(go, module, sum, call);
    for (const [there, here] of Object.entries(files)) {
      cpSync(join(from, there), join(source, here), { recursive: true, force: false });
    }
  }
  if (build.sources) makeWritable(source);
  return source;
}

/**
 * The folder of a module in Go's module cache, downloaded if need be.
 * @param module `path@version`
 * @param sum The checksum (h1) that it must have; undefined: not compared.
 */
export async function moduleFolder(
  go: Go,
  module: string,
  sum: string | undefined,
  { env, signal }: GoRun,
): Promise<string> {
  const { stdout } = await run([go.program, "mod", "download", "-json", module], {
    // The pinned sum stands in for the checksum database, which does not know every module that the proxy has.
    env: { ...buildEnvironment(env), ...(sum === undefined ? {} : { GONOSUMDB: module.split("@")[0] }) },
    // Outside of any module, so that no go.mod of the caller's folder has a say.
    cwd: "/",
    ...(signal ? { signal } : {}),
  });
  const found = JSON.parse(stdout) as { Dir: string; Sum: string; Error?: string };
  if (found.Error) throw new Error(`${module}: ${found.Error}`);
  if (sum !== undefined && found.Sum !== sum) {
    throw new Error(`${module}: checksum is ${found.Sum}, should be ${sum}; refused`);
  }
  return found.Dir;
}
