import { parseArgs } from "node:util";
import { privateFolder } from "../../base/files";
import { serveClusters } from "../../base/kubernetes/clusters";
import { readPodRunnerConfig, type PodRunnerConfig } from "./config";
import { PodRunner, clearLeftovers } from "./runner";

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** The daemon: one runner per cluster that the kubeconfig names, until the signal comes. */
async function serve(config: PodRunnerConfig, signal: AbortSignal): Promise<void> {
  for (const dir of [config.dir, config.logs]) privateFolder(dir);
  await clearLeftovers(config.dir);
  await serveClusters(config.kubeconfig, signal, log, (api, ended) =>
    new PodRunner(api, config, log).run(ended),
  );
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
