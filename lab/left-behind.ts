import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../base/wait";
import { providerScratch } from "../toolchain/pulumi-home";

const END_MS = 10_000;

/**
 * Ends the Kubernetes providers that a killed Pulumi left behind, since those do not end with their engine, and removes
 * the copies of kubeconfigs that they made. One whose engine lives is left alone, with its files.
 * @param pulumiHome The PULUMI_HOME whose providers are meant.
 */
export async function endLeftBehind(pulumiHome: string): Promise<void> {
  const orphans = providersOf(pulumiHome).filter((pid) => nameOf(parentOf(pid)) !== "pulumi");
  for (const pid of orphans) signal(pid, "SIGTERM");
  await waitFor(
    "the Kubernetes providers of a killed Pulumi end",
    () => !providersOf(pulumiHome).some((pid) => orphans.includes(pid)) || undefined,
    { timeout: END_MS },
  ).catch(() => orphans.forEach((pid) => signal(pid, "SIGKILL")));
  if (providersOf(pulumiHome).length > 0) return;
  const scratch = providerScratch(pulumiHome);
  for (const name of listed(scratch)) rmSync(join(scratch, name), { recursive: true, force: true });
}

/** The processes that were started with this home's folder for temporary files. */
function providersOf(pulumiHome: string): number[] {
  const mark = `TMPDIR=${providerScratch(pulumiHome)}`;
  const environment = (pid: number) => read(`/proc/${pid}/environ`).split("\0");
  return listed("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && environment(pid).includes(mark));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function nameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself between the look and the signal.
  }
}

/** A file's text, empty where the process it is about has gone. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
