import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { PORTS } from "./commands";
import type { ControlPlaneLocation, ControlPlaneProcess } from "./index";

/** How long one question may take. */
const QUESTION_MS = 3_000;

/**
 * Asks the health endpoint of one process, certificates checked against the control plane's own authority.
 * @returns undefined if it says ok, else why not
 */
export async function unhealthy(
  at: ControlPlaneLocation,
  process: ControlPlaneProcess,
): Promise<string | undefined> {
  try {
    const status = await ask(at.dir, healthUrl(at, process));
    return status === 200 ? undefined : `${process}: health check answered ${status}`;
  } catch (error) {
    return `${process}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function healthUrl({ address, port }: ControlPlaneLocation, process: ControlPlaneProcess): string {
  switch (process) {
    case "etcd":
      return `https://${address}:${PORTS.etcd}/health`;
    case "kube-apiserver":
      return `https://${address}:${port}/readyz`;
    case "kube-controller-manager":
      return `https://${address}:${PORTS.controllerManager}/healthz`;
    case "kube-scheduler":
      return `https://${address}:${PORTS.scheduler}/healthz`;
    case "kwok":
      return `http://${address}:${PORTS.kwok}/healthz`;
    case "serving-approver":
      return `http://${address}:${PORTS.servingApprover}/healthz`;
  }
}

function ask(dir: string, url: string): Promise<number> {
  const pki = (file: string): Buffer => readFileSync(join(dir, "pki", file));
  return new Promise((resolve, reject) => {
    const etcd = url.includes(`:${PORTS.etcd}/`);
    const options = { timeout: QUESTION_MS, agent: false } as const;
    const identity = etcd ? "apiserver-etcd-client" : "admin";
    const call = url.startsWith("http:")
      ? httpRequest(url, options)
      : httpsRequest(url, {
          ...options,
          ca: pki(etcd ? "etcd-ca.crt" : "ca.crt"),
          cert: pki(`${identity}.crt`),
          key: pki(`${identity}.key`),
        });
    call.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once("timeout", () => call.destroy(new Error(`no answer within ${QUESTION_MS} ms`)));
    call.once("error", reject);
    call.end();
  });
}
