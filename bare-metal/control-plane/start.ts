import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { KubeApi, parseKubeconfig } from "../../base/kubernetes/api";
import { privateFolder } from "../../base/files";
import { cidrRange, numberToIpv4 } from "../../base/network";
import { ProcessFolder } from "../../base/processes";
import { waitFor } from "../../base/wait";
import { writeAuditPolicy } from "./audit-policy";
import { controlPlaneCommands, controlPlaneEnvironment } from "./commands";
import { unhealthy } from "./health";
import type { ControlPlane, ControlPlaneProcess, ControlPlaneSpec } from "./index";
import { kubeconfigFile, writeKubeconfigs } from "./kubeconfig";
import { ensurePki } from "./pki";
import { allowApprover } from "./serving/access";

/**
 * Starts what does not run yet and waits until all of it is ready. Idempotent: keys and data are kept, a process that
 * runs with the same command line is left alone, one with another is started anew.
 * @throws {Error} when a process ends (with the last lines of its log) or the deadline passes
 */
export async function startControlPlane(spec: ControlPlaneSpec): Promise<ControlPlane> {
  const server = `https://${spec.address}:${spec.port}`;
  privateFolder(spec.dir);
  privateFolder(join(spec.dir, "etcd"));
  await ensurePki(join(spec.dir, "pki"), spec.address, firstAddress(spec.serviceCidr));
  writeKubeconfigs(spec.dir, server);
  writeAuditPolicy(spec.dir);

  // The API server waits for etcd by itself; the others give up soon when it does not answer.
  await startAndWait(spec, ["etcd", "kube-apiserver"]);
  const kubeconfig = readFileSync(kubeconfigFile(spec.dir, "admin"), "utf8");
  const api = new KubeApi(parseKubeconfig(kubeconfig));
  try {
    await waitFor("the approver has its rights", () => allowApprover(api).then(() => true as const), {
      timeout: spec.timeout ?? 60_000,
    });
  } finally {
    api.close();
  }
  await startAndWait(spec, ["kube-controller-manager", "kube-scheduler", "kwok", "serving-approver"]);
  return {
    kubeconfig,
    server,
    caCertificate: readFileSync(join(spec.dir, "pki", "ca.crt"), "utf8"),
  };
}

async function startAndWait(spec: ControlPlaneSpec, names: readonly ControlPlaneProcess[]): Promise<void> {
  const processes = new ProcessFolder(join(spec.dir, "run"));
  const commands = controlPlaneCommands(spec);
  for (const name of names) {
    const live = processes.find(name);
    if (live && live.argv.join("\0") !== commands[name].join("\0")) await processes.stop(name);
    processes.start({
      name,
      argv: commands[name],
      cwd: spec.dir,
      env: controlPlaneEnvironment(name, totalmem(), process.env),
      logFile: join(spec.dir, "logs", `${name}.log`),
    });
  }
  const ended = new AbortController();
  await Promise.all(
    names.map((name) =>
      waitFor(
        `${name} ready`,
        async () => {
          const record = processes.find(name);
          if (!record) {
            ended.abort(new Error(`${name} ended:\n${lastLines(join(spec.dir, "logs", `${name}.log`))}`));
            return undefined;
          }
          const problem = await unhealthy(spec, name);
          if (problem !== undefined) throw new Error(problem);
          return true;
        },
        { timeout: spec.timeout ?? 60_000, signal: ended.signal },
      ),
    ),
  );
}

/** The address that the API server's own Service gets: the first after the network's. */
function firstAddress(cidr: string): string {
  const range = cidrRange(cidr);
  if (!range) throw new Error(`serviceCidr ${cidr}: not an IPv4 network such as 10.96.0.0/16`);
  return numberToIpv4(range[0] + 1);
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}
