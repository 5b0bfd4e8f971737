import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import type { Program } from "./config";
import type { Container } from "./objects";

/** How long a program may take to answer. */
const ANSWER_MS = 1_000;

/** What is asked of a pod's address. */
export interface Probe {
  readonly scheme: "http" | "https" | "tcp";
  readonly port: number;
  readonly path: string;
}

/** The container's own readiness probe, else what the program table says; undefined: ready when it runs. */
export function readinessProbe(container: Container, program: Program): Probe | undefined {
  const http = container.readinessProbe?.httpGet;
  if (http) {
    return {
      scheme: http.scheme === "HTTPS" ? "https" : "http",
      port: Number(http.port),
      path: http.path ?? "/",
    };
  }
  const tcp = container.readinessProbe?.tcpSocket;
  if (tcp) return { scheme: "tcp", port: Number(tcp.port), path: "/" };
  return program.ready;
}

/** Whether the program answers: an open port, or a status from 200 to 399 (Kubernetes, "Configure probes"). */
export function answers(address: string, { scheme, port, path }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    if (scheme === "tcp") {
      const socket = connect({ host: address, port });
      socket.setTimeout(ANSWER_MS, () => socket.destroy());
      socket.once("connect", () => {
        resolve(true);
        socket.destroy();
      });
      socket.once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
      return;
    }
    const options = { host: address, port, path, timeout: ANSWER_MS, agent: false } as const;
    // kubelet does not check the certificate of a probe either.
    const call =
      scheme === "https" ? secureRequest({ ...options, rejectUnauthorized: false }) : request(options);
    call.once("response", (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    });
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(false));
    call.once("close", () => resolve(false));
    call.end();
  });
}
