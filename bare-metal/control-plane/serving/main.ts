import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { KubeApi, parseKubeconfig } from "../../../base/kubernetes/api";
import { approveServing } from "./approve";

/** `main.ts KUBECONFIG ADDRESS PORT`: approves kubelets' serving certificates; /healthz at that place. Ends on SIGTERM. */
async function main(): Promise<void> {
  const [kubeconfig = "", address = "", port = ""] = process.argv.slice(2);
  const api = new KubeApi(parseKubeconfig(readFileSync(kubeconfig, "utf8")));
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ended.abort());
  const health = createServer((_request, response) => response.end("ok\n"));
  health.listen(Number(port), address);
  const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  await approveServing(api, { signal: ended.signal, log });
  api.close();
  health.close();
  health.closeAllConnections();
}

main().catch((error: unknown) => {
  process.stderr.write(`serving-approver: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
