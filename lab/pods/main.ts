import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { privateFolder } from "../../base/files";
import { KubeApi, parseKubeconfig } from "./api";
import { readPodRunnerConfig, type PodRunnerConfig } from "./config";
import { PodRunner, clearLeftovers } from "./runner";

/** How often the kubeconfig, or an API server that does not answer, is looked at. */
const LOOK_MS = 250;

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** The daemon: one runner per cluster that the kubeconfig names, until the signal comes. */
async function serve(config: PodRunnerConfig, signal: AbortSignal): Promise<void> {
  for (const dir of [config.dir, config.logs]) privateFolder(dir);
  await clearLeftovers(config.dir);
  log("waiting for a cluster");
  while (!signal.aborted) {
    const text = readIfThere(config.kubeconfig);
    if (text !== undefined) await serveCluster(config, text, signal);
    await pause(signal);
  }
}

/** Runs pods until the kubeconfig is another, or gone: the cluster was replaced or taken down. */
async function serveCluster(config: PodRunnerConfig, kubeconfig: string, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const watching = (async (): Promise<void> => {
    while (!both.aborted) {
      if (readIfThere(config.kubeconfig) !== kubeconfig) ended.abort();
      await pause(both);
    }
  })();
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    if (await answering(api, both)) {
      log(`cluster at ${api.connection.server}`);
      await new PodRunner(api, config, log).run(both);
    }
  } finally {
    ended.abort();
    await watching;
    api.close();
    log("cluster is gone, or the daemon is to stop: all pods ended");
  }
}

async function answering(api: KubeApi, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await api.get("/api/v1/namespaces/kube-system");
      return true;
    } catch {
      await pause(signal);
    }
  }
  return false;
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const { values } = parseArgs({ options: { config: { type: "string" } } });
if (values.config === undefined) {
  process.stderr.write("usage: main.ts --config FILE\n");
  process.exit(2);
}
const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
serve(readPodRunnerConfig(values.config), stop.signal).then(
  () => log("stopped"),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
